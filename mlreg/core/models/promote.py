"""Promoting: a version takes a pointer over from its holder when every gate says so, and not otherwise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mlreg.core import features, parallel
from mlreg.core.errors import CannotTell, Conflict, Usage
from mlreg.core.gates import Condition, Result, Verdict, evaluate, overall, parse
from mlreg.core.models import evidence
from mlreg.core.models.browse import get_model, locate, refuse_prompt_version
from mlreg.core.models.custody import Custody
from mlreg.core.models.files import Means
from mlreg.core.models.journal import Event, Journal
from mlreg.core.ports import Registry
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.references import ModelRef, check_alias, find_stage
from mlreg.core.types import Components, Model, Outcome, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which conditions a version may take a pointer over."""

    conditions: Sequence[Condition] = ()
    allow_first: bool = False
    force: bool = False
    expect: int | None = None
    keep_existing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """What became of a promotion: from which version to which, what the gates said, and the exit code."""

    name: str
    target: str
    previous: int | None
    version: int
    results: Sequence[Result] = ()
    verdict: Verdict = Verdict.TRUE
    forced: bool = False
    outcome: Outcome

    @property
    def exit(self) -> int:
        return 0 if self.forced else self.verdict.exit


def read_target(text: str) -> str:
    """Read TARGET: a stage by its name, anything else is an alias, with or without `@`. Raises Usage."""
    stage = find_stage(text)
    if stage == "None":
        raise Usage("None is no stage to promote to", hint="mlreg model transition REF None")
    return stage or f"@{check_alias(text)}"


def conditions(given: Sequence[str], target: str, components: Components) -> list[Condition]:
    """The conditions that were typed, and those of the gates that protect the target.

    Raises Usage for what is no condition, CannotTell for a gate that has none.
    """
    texts, gates = [*given], components.gates
    for rule in components.protected.get(target, ()):
        if not gates.get(rule.text):
            raise CannotTell(
                f"{target} is protected by the gate '{rule.text}', which has no conditions",
                cause=f"{rule.source} says so",
                hint=f"write them there: gates: {{{rule.text}: ['metrics.auc >= 0.9']}}",
            )
        texts += [each.text for each in gates[rule.text]]
    return [parse(text) for text in dict.fromkeys(texts)]


def promote(
    means: Means, ref: ModelRef, target: str, terms: Terms, custody: Custody, now_ms: Callable[[], int]
) -> Promoted:
    """Let an alias or a stage name the version, if its gates are true; then read back what was written.

    Gates that are not true are a result: nothing has moved. Raises CannotTell where there is no holder yet (without
    `allow_first`) or several, Conflict for a version that is not ready, a holder that is not the expected one, and one
    that somebody else has moved meanwhile; and what locate raises.
    """
    registry = means.registry
    _require(registry, ref, target)
    found = locate(registry, ref, only_one=True)
    number = found.number
    holders = _holders(registry, found.model, target)
    version = _ready(registry, found.model, number)
    plan = Promoted(
        name=found.model.name,
        target=target,
        previous=max(holders, default=None),
        version=number,
        outcome=Outcome(said=f"{_pointer(found.model.name, target)} is {number} already", changed=False),
    )
    if number in holders and (terms.keep_existing or len(holders) == 1):
        return replace(plan, previous=number)
    others = [holder for holder in holders if holder != number]
    plan = replace(plan, previous=max(others, default=None))
    left = "" if target.startswith("@") or version.stage in ("None", target) else version.stage
    custody.check_left(version.name, left)
    _check_holders(plan, others, terms)
    results = _judge(means, version, plan.previous, terms, now_ms())
    plan = replace(plan, results=results, verdict=overall(results), forced=_forced(plan, results, terms))
    if plan.exit:
        said = f"{version.ref} is not promoted to {target}: {_WHY[plan.verdict]}; nothing has moved"
        return replace(plan, outcome=Outcome(said=said, changed=False))
    if results or terms.expect is not None:
        _check_still(registry, plan)
    event = Event(
        act="promote",
        name=plan.name,
        target=target,
        previous=plan.previous,
        version=number,
        left=left,
        gates=[f"{result.verdict.value}: {result}" for result in results],
        forced=plan.forced,
    )
    notes = move(means, event, custody.journal, archive=not terms.keep_existing)
    return replace(plan, outcome=Outcome(said=_said(event), notes=[*found.notes, *notes]))


def move(means: Means, event: Event, journal: Journal, *, archive: bool = True) -> list[str]:
    """Write a move, then at the same time read it back and record it; return what deserves attention.

    Raises Conflict when the pointer is at another version by then: somebody has moved it in the same moment.
    """
    registry, number = means.registry, event.version or 0
    if event.target.startswith("@"):
        registry.set_alias(event.name, event.target[1:], number)
    else:
        archive = archive and event.target != "Archived"
        registry.transition(event.name, number, event.target, archive_existing=archive)
    if means.pretend:
        return []
    after, notes = parallel.both(lambda: _now(registry, event), lambda: journal.record(registry, event))
    if after != number:
        raise Conflict(
            f"{_pointer(event.name, event.target)} was moved at the same moment: it is {after or 'another'} now",
            cause="MLflow cannot compare before it sets; the last writer wins",
            hint=f"mlreg model history {quoted(_pointer(event.name, event.target))}",
        )
    return notes


_WHY: Mapping[Verdict, str] = {Verdict.FALSE: "a condition is false", Verdict.UNKNOWN: "a condition cannot be told"}


def _require(registry: Registry, ref: ModelRef, target: str) -> None:
    if target.startswith("@"):
        features.require_aliases(registry, ref)
    else:
        features.require_stages(registry, ref)


def _holders(registry: Registry, model: Model, target: str) -> list[int]:
    """The versions that a target points at now. An alias has one at most, a stage may have several."""
    if target.startswith("@"):
        return [model.aliases[target[1:]]] if target[1:] in model.aliases else []
    if target not in model.stages:
        return []
    return [version.number for version in registry.search_versions(model.name) if version.stage == target]


def _ready(registry: Registry, model: Model, number: int) -> Version:
    version = refuse_prompt_version(registry.get_version(model.name, number))
    if version.status != "READY":
        raise Conflict(
            f"{version.ref} is not ready",
            cause=f"its status is {version.status}",
            hint=f"mlreg model wait {quoted(version.ref)}",
        )
    return version


def _check_holders(plan: Promoted, holders: Sequence[int], terms: Terms) -> None:
    pointer = _pointer(plan.name, plan.target)
    if not holders and not terms.allow_first and not terms.force:
        hint = f"mlreg model promote {quoted(f'{plan.name}/{plan.version}', plan.target)} --allow-first"
        raise CannotTell(f"{pointer} has no holder yet", cause="a first promotion has to be meant", hint=hint)
    reads_holder = any(condition.reads_holder for condition in terms.conditions)
    if len(holders) > 1 and (reads_holder or terms.expect is not None):
        listed = ", ".join(map(str, sorted(holders, reverse=True)))
        hint = f"archive all but one: mlreg model transition {quoted(f'{plan.name}/{min(holders)}')} Archived"
        raise CannotTell(f"{pointer} has several holders: {listed}", cause="which is meant cannot be told", hint=hint)
    if terms.expect is not None and [*holders] != [terms.expect]:
        found = plan.previous if holders else "nobody's"
        hint = f"mlreg model history {quoted(pointer)}"
        raise Conflict(f"{pointer} is {found}, not {terms.expect}: it was moved meanwhile", hint=hint)


def _check_still(registry: Registry, plan: Promoted) -> None:
    """Reading the gates took its time: raise Conflict when the holder they were about is not the holder any more."""
    model = get_model(registry, plan.name)
    now = model.aliases.get(plan.target[1:]) if plan.target.startswith("@") else model.stages.get(plan.target)
    if now not in (plan.previous, plan.version):
        pointer = _pointer(plan.name, plan.target)
        raise Conflict(f"{pointer} was moved meanwhile: it is {now}, was {plan.previous}", hint="look, and try again")


def _judge(means: Means, version: Version, holder: int | None, terms: Terms, now_ms: int) -> list[Result]:
    conditions = terms.conditions
    if not conditions:
        return []
    facts = evidence.facts(means, version, evidence.asked(conditions, holder=False), now_ms)
    known = None
    asked = evidence.asked(conditions, holder=True)
    if asked and holder is not None:
        held = means.registry.get_version(version.name, holder)
        known = evidence.facts(means, held, asked, now_ms)
    return [evaluate(condition, facts, known, allow_first=terms.allow_first) for condition in conditions]


def _forced(plan: Promoted, results: Sequence[Result], terms: Terms) -> bool:
    """Whether it is `force` alone that lets the version through."""
    first = plan.previous is None and not terms.allow_first
    return terms.force and (first or overall(results) is not Verdict.TRUE)


def _now(registry: Registry, event: Event) -> int | None:
    """The holder after a move; of a stage that may have several, whether the version is among them."""
    if event.target.startswith("@"):
        return registry.get_model(event.name).aliases.get(event.target[1:])
    number = event.version or 0
    return number if registry.get_version(event.name, number).stage == event.target else None


def _pointer(name: str, target: str) -> str:
    return f"{name}{target}" if target.startswith("@") else f"{name}/{target}"


def _said(event: Event) -> str:
    was = f", was {event.previous}" if event.previous is not None else ", the first"
    undo = f"; to undo: mlreg model rollback {quoted(_pointer(event.name, event.target))}" if event.previous else ""
    forced = " (forced)" if event.forced else ""
    return f"{_pointer(event.name, event.target)} is now {event.version}{was}{forced}{undo}"
