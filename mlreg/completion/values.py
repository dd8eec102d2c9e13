"""What there is to choose from for each kind of value: (word, note) in the order in which it is shown."""

from mlreg.completion import references
from mlreg.completion.known import Known
from mlreg.completion.line import COMMAND, OPTION, Question
from mlreg.completion.references import Words


def candidates(question: Question, known: Known) -> Words:
    """All that may stand where the cursor is."""
    known.given = question.line.given
    first, *later = question.kind.split("|")
    kinds = [*later, first] if question.line.arguments else [first]
    return [word for kind in kinds for word in _of_kind(kind, question, known)]


def _of_kind(kind: str, question: Question, known: Known) -> Words:
    offer = OFFERS.get(kind)
    if offer:
        return offer(question, known)
    if kind.startswith("="):
        return _choices(question.typed, kind[1:].split(","))
    return _beginning(question.typed, known.names_of(kind))


def _commands(question: Question, _: Known) -> Words:
    return _beginning(question.typed, question.line.commands())


def _options(question: Question, _: Known) -> Words:
    """Options in the spelling that was begun, which may be with `_` for `-`."""
    found = []
    plain = question.typed.replace("_", "-")
    for spellings, _kinds, help in question.line.options():
        spelling = next((each for each in spellings if each.startswith(plain) and each[:2] == "--"), None)
        if spelling:
            found.append((f"--{spelling[2:].replace('-', '_')}" if "_" in question.typed else spelling, help))
    return found


def _keys(question: Question, known: Known) -> Words:
    """Keys of the secret that the line names, else of all."""
    secrets = {name for name, _ in known.names_of("secret")} & set(question.line.arguments[:1])
    ending = "=" if "=" in question.kind else ""
    return _beginning(question.typed, [(key + ending, "") for key in known.keys(secrets)])


def _placeholders(question: Question, known: Known) -> Words:
    pairs = [(name, key) for name, _ in known.names_of("secret") for key in known.keys({name})]
    return _beginning(question.typed, [(f"{{{{{name}.{key}}}}}", "") for name, key in pairs])


def _metrics(question: Question, known: Known) -> Words:
    before, comma, _ = question.typed.rpartition(",") if question.kind.endswith(",") else ("", "", "")
    return _beginning(question.typed, [(before + comma + name, "") for name in known.metrics()])


def _references(question: Question, known: Known) -> Words:
    return references.references(question, known)


def _versions(question: Question, known: Known) -> Words:
    return references.references(question, known, bare=False)


def _aliased(question: Question, known: Known) -> Words:
    return references.references(question, known, (references.ALIAS,), bare=False)


def _pointers(question: Question, known: Known) -> Words:
    return references.references(question, known, (references.ALIAS, references.STAGE))


def _sources(question: Question, known: Known) -> Words:
    return _versions(question, known) if question.typed.startswith(references.URI) else []


def _numbers(question: Question, known: Known) -> Words:
    model = references.of_argument(question, known)
    return _beginning(question.typed, model.numbers() if model else [])


def _aliases(question: Question, known: Known) -> Words:
    """Aliases of the model that the line names, then those of others: a team gives them the same names."""
    model = references.of_argument(question, known)
    notes = {alias: f"version {number}" for alias, number in (model.aliases if model else [])}
    for line in known.models(None):
        for alias, _ in references.Model(line).aliases:
            notes.setdefault(alias, "")
    at = "@" if question.typed[:1] == "@" else ""
    return _beginning(question.typed, [(at + alias, note) for alias, note in notes.items()])


def _targets(question: Question, known: Known) -> Words:
    stages = _choices(question.typed, ["Staging", "Production", "Archived", "None"])
    return [*_aliases(question, known), *stages]


def _choices(typed: str, words: list[str]) -> Words:
    exact = [(word, "") for word in words if word.startswith(typed)]
    return exact or [(word, "") for word in words if word.lower().startswith(typed.lower())]


def _beginning(typed: str, words: Words) -> Words:
    return [(word, note) for word, note in words if word.startswith(typed)]


OFFERS = {
    COMMAND: _commands,
    OPTION: _options,
    "key": _keys,
    "key=": _keys,
    "key=file": _keys,
    "placeholder": _placeholders,
    "model": references.models,
    "ref": _references,
    "version": _versions,
    "aliased": _aliased,
    "pointer": _pointers,
    "source": _sources,
    "number": _numbers,
    "alias": _aliases,
    "target": _targets,
    "metric": _metrics,
    "metric,": _metrics,
}
