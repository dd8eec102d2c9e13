"""Whatever a condition says and whatever is known of a version: no surprise, and no yes without a reason."""

import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlreg.core.errors import Usage
from mlreg.core.gates import Condition, Facts, Source, Unknown, Verdict, evaluate, parse

# An expression is its own little tree, so that what judges mlreg shares nothing with it:
# ("number", 0.5), ("metrics", key), ("holder", key), ("params", key), ("neg", a), ("+", a, b), ...
Tree = tuple[Any, ...]
Value = Fraction | None

KEYS = ("auc", "val/loss", "größe")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
WORDS = (
    *COMPARE,
    *"+-*/().\"'=!",
    *("metrics.auc", "holder.metrics.auc", "metrics.", 'metrics."a b"', "params.x", "tags.y", "run.status", "holder"),
    *("signature", "age", "7d", "0.92", "1e-3", ".5", "95%", "1e999", "and", "'y'", '"', " ", "-1", "metrics.a-1"),
)
OPERANDS = (
    *("metrics.auc", 'metrics."val/loss"', "params.auc", "tags.auc", "run.status", "age", "1d", "0", "1e-999", "'x'"),
    *("holder.metrics.auc", "holder.params.auc", "holder.tags.auc", "holder.run.status", "holder.age"),
    *("metrics.auc / holder.metrics.auc", "-age * 1e300", "params.auc * tags.auc", "-(1e307 * metrics.auc - 1)"),
)


def written(tree: Tree) -> str:
    """The text of a tree, with every parenthesis."""
    match tree:
        case ("number", value):
            return str(value)
        case ("neg", inner):
            return f"(-{written(inner)})"
        case ("holder", key):
            return f'holder.metrics."{key}"'
        case (("metrics" | "params") as root, key):
            return f'{root}."{key}"'
        case (op, left, right):
            return f"({written(left)} {op} {written(right)})"
    raise AssertionError(tree)


odd_floats = st.sampled_from([math.nan, math.inf, -math.inf, 1.7976931348623157e308, -1.797e308, 0.0, -0.0, 5e-324])
small = st.integers(-5, 20).map(lambda tenths: tenths / 10)
floats = small | st.floats() | odd_floats
params = st.text(max_size=8) | floats.map(str) | st.sampled_from(["None", "1_0", "٣", "0x1", "1e9999"])
sources = st.builds(
    Source,
    name=st.sampled_from(["run 1", "logged model m-1"]),
    metrics=st.dictionaries(st.sampled_from(KEYS), floats) | st.just(Unknown("403")),
    params=st.dictionaries(st.sampled_from(KEYS), params) | st.just(Unknown("403")),
)
facts = st.builds(
    Facts,
    ref=st.just("churn/7"),
    sources=st.lists(sources, max_size=2, unique_by=lambda source: source.name).map(tuple) | st.just(Unknown("404")),
    tags=st.dictionaries(st.sampled_from(KEYS), params) | st.just(Unknown("403")),
    run_status=st.sampled_from(["FINISHED", "FAILED", "", Unknown("403")]),
    signature=st.sampled_from([True, False, Unknown("no MLmodel")]),
    age_s=floats | st.just(Unknown("no date")),
)
# Most values are present and finite here, or the property would hardly see a yes.
plain_facts = st.builds(
    lambda metrics, params: Facts(ref="churn/7", sources=(Source(name="run 1", metrics=metrics, params=params),)),
    st.fixed_dictionaries(dict.fromkeys(KEYS, small)),
    st.fixed_dictionaries(dict.fromkeys(KEYS, small.map(str))),
)
leaves = st.one_of(
    st.tuples(st.just("number"), st.integers(0, 30).map(lambda tenths: tenths / 10)),
    st.tuples(st.sampled_from(["metrics", "holder", "params"]), st.sampled_from(KEYS)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.tuples(st.just("neg"), inner) | st.tuples(st.sampled_from("+-*/"), inner, inner),
    max_leaves=6,
)

operators = st.sampled_from(list(COMPARE))
word_lists = st.lists(st.sampled_from(WORDS), max_size=25)
comparisons = st.tuples(st.sampled_from(OPERANDS), operators, st.sampled_from(OPERANDS)).map(" ".join)
tree_comparisons = st.tuples(trees.map(written), operators, trees.map(written)).map(" ".join)


def finite(value: float | str) -> Value:
    """A value of MLflow's as an exact number; None for what is no finite one."""
    try:
        number = float(value)
    except ValueError:
        return None
    return Fraction(Decimal(str(value))) if math.isfinite(number) and abs(number) < 1.797e308 else None


def looked_up(source: Any, key: str) -> Value:
    """A value on which all sources agree that know it."""
    if isinstance(source, Unknown) or any(isinstance(values, Unknown) for values in source):
        return None
    said = [finite(values[key]) for values in source if key in values]
    return said[0] if said and all(value == said[0] for value in said) else None


def worth(tree: Tree, version: Facts, holder: Facts | None) -> Value:
    """What a tree comes to on present, finite values; None when there is a doubt anywhere."""
    if tree[0] == "number":
        return Fraction(str(tree[1]))
    if tree[0] in ("metrics", "holder", "params"):
        subject = holder if tree[0] == "holder" else version
        if subject is None or isinstance(subject.sources, Unknown):
            return None
        name = "params" if tree[0] == "params" else "metrics"
        return looked_up([getattr(source, name) for source in subject.sources], tree[1])
    values = [worth(inner, version, holder) for inner in tree[1:]]
    if None in values or (tree[0] == "/" and values[1] == 0):
        return None
    acts: Mapping[str, Callable[..., Fraction]] = {
        "neg": operator.neg,
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
    }
    return acts[tree[0]](*values)


def read(text: str) -> Condition | None:
    """The condition, or None when mlreg refuses it as it should."""
    try:
        return parse(text)
    except Usage as refused:
        error = refused
    assert error.cause
    assert error.hint
    return None


@settings(max_examples=500, deadline=None)
@given(st.text() | word_lists.map("".join) | word_lists.map(" ".join) | comparisons | tree_comparisons)
@example("(" * 5000)
@example("-" * 999)
@example("9" * 999)
@example("1e-999 * 1e-999 > metrics.x")
@example("\ud800\x00\u202e")
def test_no_text_surprises_the_parser(text: str) -> None:
    """A text is a condition or a usage error; a condition as text is the same condition."""
    condition = read(text)
    if condition:
        assert parse(str(condition)) == condition
        assert str(parse(str(condition))) == str(condition)


@settings(max_examples=500, deadline=None)
@given(comparisons | st.sampled_from(["signature", "holder.signature"]), facts, facts | st.none(), st.booleans())
@example("metrics.auc / 1e-999 > 1", Facts(ref="churn/7"), None, True)
def test_no_facts_surprise_a_condition(text: str, version: Facts, holder: Facts | None, allow_first: bool) -> None:
    """Whatever is known of the versions, there is a verdict with a reason."""
    condition = read(text)
    if condition:
        result = evaluate(condition, version, holder, allow_first=allow_first)
        assert result.detail
        if result.verdict is Verdict.TRUE:
            assert holder or allow_first or not condition.reads_holder


@settings(max_examples=1000, deadline=None)
@given(trees, operators, trees, facts | plain_facts, facts | plain_facts | st.none())
def test_a_yes_has_a_reason(left: Tree, op: str, right: Tree, version: Facts, holder: Facts | None) -> None:
    """True and false only on present, finite values that agree, and then as exact arithmetic has it."""
    condition = read(f"{written(left)} {op} {written(right)}")
    if condition is None or {left[0], right[0]} == {"params"}:  # two parameters may be compared as texts
        return
    result = evaluate(condition, version, holder)
    values = worth(left, version, holder), worth(right, version, holder)
    if result.verdict is Verdict.UNKNOWN:
        return
    assert None not in values, result
    assert (result.verdict is Verdict.TRUE) == COMPARE[op](*values), result


@settings(max_examples=300, deadline=None)
@given(trees, operators, trees, plain_facts, plain_facts)
def test_no_doubt_without_a_reason(left: Tree, op: str, right: Tree, version: Facts, holder: Facts) -> None:
    """On present, finite values only a division by zero leaves a doubt."""
    condition = read(f"{written(left)} {op} {written(right)}")
    if condition and evaluate(condition, version, holder).verdict is Verdict.UNKNOWN:
        assert None in (worth(left, version, holder), worth(right, version, holder))


@settings(max_examples=300, deadline=None)
@given(trees, operators, trees, facts | plain_facts)
def test_the_first_version_is_whole(left: Tree, op: str, right: Tree, version: Facts) -> None:
    """With --allow-first and no holder, a yes still needs everything that is read of the version itself."""
    condition = read(f"{written(left)} {op} {written(right)}")
    if condition is None or {left[0], right[0]} == {"params"}:  # two parameters may be compared as texts
        return
    if evaluate(condition, version, None, allow_first=True).verdict is Verdict.TRUE:
        own = [(field.root, field.key) for field in condition.fields() if not field.holder]
        assert all(worth(leaf, version, None) is not None for leaf in own)
