"""Candidates for references as they are typed: `churn`, `churn/7`, `churn@champion`, `models:/...`, `STACK::...`."""

from mlreg.completion.known import Known
from mlreg.completion.line import Question

URI = "models:/"
ALIAS, VERSION, STAGE, LATEST, COLON = "alias", "version", "stage", "latest", "colon"
EVERY = (ALIAS, VERSION, STAGE, LATEST)
SHOWN_BEFORE_A_MARK = 5  # of the versions of a model that may have hundreds; after `churn/` they all are

Words = list[tuple[str, str]]


class Model:
    """A line of the cache: a model's name, its aliases and its versions, the newest first."""

    def __init__(self, line: str) -> None:
        self.name, aliases, versions = line.split("\t")
        self.aliases = _pairs(aliases)
        self.versions = _pairs(versions)

    def numbers(self) -> Words:
        """The versions, with their stages and aliases."""
        names: dict[str, list[str]] = {}
        for alias, number in self.aliases:
            names.setdefault(number, []).append(f"@{alias}")
        return [(number, ", ".join(filter(None, [stage, *names.get(number, [])]))) for number, stage in self.versions]

    def selectors(self, wanted: tuple[str, ...]) -> Words:
        """What may follow the name, of these kinds."""
        holders = {stage: number for number, stage in reversed(self.versions) if stage}
        selectors = {
            ALIAS: [(f"@{alias}", f"version {number}") for alias, number in self.aliases],
            VERSION: [(f"/{number}", note) for number, note in self.numbers()],
            STAGE: [(f"/{stage}", f"version {number}") for stage, number in holders.items()],
            LATEST: [("/latest", f"version {number}") for number, _ in self.versions[:1]],
            COLON: [(f":{number}", note) for number, note in self.numbers()],
        }
        return [word for kind in wanted for word in selectors[kind]]


class Reference:
    """A reference as far as it is typed: the stack it names, what stands before the model's name, and the rest."""

    def __init__(self, typed: str) -> None:
        stack, mark, rest = typed.partition("::")
        self.stack = stack if mark and stack.replace("-", "").replace("_", "").isalnum() else None
        rest = rest if self.stack else typed
        if rest.startswith(URI):
            rest = rest[len(URI) :].lstrip("/")
        self.head = typed[: len(typed) - len(rest)]
        self.rest = rest

    @property
    def name(self) -> str:
        """The model's name, if a mark ends it."""
        for mark in "/:@":
            name, found, _ = self.rest.rpartition(mark)
            if found:
                return name
        return self.rest

    def model(self, known: Known) -> Model | None:
        """The model of this name."""
        return _named(self.name, self.stack, known)


def models(question: Question, known: Known) -> Words:
    """Models by name."""
    return [*((word, note) for _, word, note in _matching(question, known)), *_elsewhere(question.typed, known)]


def references(question: Question, known: Known, wanted: tuple[str, ...] = EVERY, *, bare: bool = True) -> Words:
    """Models, and of the one that is meant what may follow its name; `bare` says whether nothing may.

    A `/` ends the name of a model with an `@` in it, which would name an alias.
    """
    reference = Reference(question.typed)
    if "/" in reference.rest or ":" in reference.rest:
        wanted = wanted if "/" in reference.rest else (COLON,) if VERSION in wanted else ()
        found = _selected(question, reference.model(known), reference, wanted)
        return [*found, *_elsewhere(question.typed, known)]
    matching = _matching(question, known)
    meant = _named(matching[0][0], reference.stack, known) if len(matching) == 1 else reference.model(known)
    selected = _selected(question, meant, reference, wanted)
    if meant and selected and not bare:
        matching = [found for found in matching if found[0] != meant.name]
    words = [(word + ("/" if "@" in name else ""), note) for name, word, note in matching]
    return [*words, *selected, *_elsewhere(question.typed, known)]


def of_argument(question: Question, known: Known) -> Model | None:
    """The model that the line has named already."""
    named = question.line.arguments[:1] or [question.line.given.get("--name", "")]
    return Reference(named[0]).model(known)


def _matching(question: Question, known: Known) -> list[tuple[str, str, str]]:
    """Models that begin as what is typed: name, word and note. Of thousands of lines no more is read than is shown."""
    reference = Reference(question.typed)
    head = reference.head
    lines = [line.split("\t") for line in known.models(reference.stack) if line.startswith(reference.rest)]
    found = [(name, head + _spelled(name, question, head), _note(aliases)) for name, aliases, _ in lines]
    return [(name, word, note) for name, word, note in found if word.startswith(question.typed)]


def _named(name: str, stack: str | None, known: Known) -> Model | None:
    start = f"{name}\t"
    return next((Model(line) for line in known.models(stack) if line.startswith(start)), None)


def _note(aliases: str) -> str:
    return "@" + aliases.replace(" ", ", @").replace("=", " ") if aliases else ""


def _pairs(field: str) -> Words:
    return [(name, value) for name, _, value in (pair.partition("=") for pair in field.split())]


def _spelled(name: str, question: Question, head: str) -> str:
    """What would be read as an option, or as a tag, is written as a URI."""
    line = question.line
    mistaken = (name[:1] == "-" and not line.ended) or ("=" in name and line.path.endswith("tag set"))
    return f"{URI}{name}" if mistaken and not head else name


def _selected(question: Question, model: Model | None, reference: Reference, wanted: tuple[str, ...]) -> Words:
    if model is None:
        return []
    name = reference.head + _spelled(model.name, question, reference.head)
    found = [(name + selector, note) for selector, note in model.selectors(wanted)]
    found = [(word, note) for word, note in found if word.startswith(question.typed)]
    if len(question.typed) > len(name):
        return found
    versions = [word for word in found if word[0][len(name) + 1 :].isdigit()]
    return [word for word in found if word not in versions[SHOWN_BEFORE_A_MARK:]]


def _elsewhere(typed: str, known: Known) -> Words:
    """Other stacks, and MLflow's own way of writing, once they are begun."""
    stacks = [(f"{name}::", note) for name, note in known.names_of("stack") if typed and "::" not in typed]
    uri = [(URI, "")] if typed in (URI[:-2], URI[:-1]) else []
    return [(word, note) for word, note in [*stacks, *uri] if word.startswith(typed)]
