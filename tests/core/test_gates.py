"""Conditions of gates: what they read, what they say, and that doubt is never a yes."""

import math
from dataclasses import replace

import pytest

from mlreg.core.errors import Usage
from mlreg.core.gates import Facts, Result, Source, Unknown, Verdict, evaluate, overall, parse

RUN = Source(
    name="run 3f2a",
    metrics={"auc": 0.91, "val/latency": 104.9, "small": 0.3, "none": math.nan, "most": math.inf, "zero": 0.0},
    params={"depth": "8", "lr": "1e-05", "kind": "tree", "note": 'a "b"'},
)
NEW = Facts(
    ref="churn/7",
    sources=(RUN,),
    tags={"approved": "true", "score": "0.5"},
    run_status="FINISHED",
    signature=True,
    age_s=3 * 86400.0,
)
OLD = Facts(
    ref="churn/3",
    sources=(Source(name="run 77", metrics={"auc": 0.88, "val/latency": 100.0, "small": 0.2}, params={"depth": "8"}),),
    tags={"approved": "true"},
    run_status="FINISHED",
    age_s=40 * 86400.0,
)


def judge(text: str, facts: Facts = NEW, holder: Facts | None = OLD, *, allow_first: bool = False) -> Result:
    """The result of one condition, by default of version 7 against holder 3."""
    return evaluate(parse(text), facts, holder, allow_first=allow_first)


@pytest.mark.parametrize(
    "text",
    [
        "metrics.auc >= 0.91",
        "metrics.auc>.9",
        "metrics.auc < 1",
        "0.5 < metrics.auc",
        "metrics.auc != 0.92",
        "metrics.auc >= holder.metrics.auc + 0.005",
        'metrics."val/latency" <= holder.metrics."val/latency" * 1.05',
        "metrics.'val/latency' < 105",
        "metrics.small >= holder.metrics.small + 0.1",
        "(metrics.auc - holder.metrics.auc) / holder.metrics.auc > 1e-2",
        "-metrics.auc <= -(0.9)",
        "1 - metrics.auc < 2 * 3 - 5",
        "metrics.zero == 0",
        "params.depth <= 8",
        "params.depth == 8.0",
        'params.depth == "8"',
        "params.depth == holder.params.depth",
        "params.depth <= holder.params.depth",
        "params.lr < 0.001",
        'params.kind != "forest"',
        "params.note == 'a \"b\"'",
        'tags.approved == "true"',
        "tags.score * 2 == 1",
        'run.status == "FINISHED"',
        "run.status == holder.run.status",
        "signature",
        "age < 7d",
        "age <= 72h",
        "age > 4319min",
        "age < 1w - 1d",
        "age * 2 < holder.age",
        "age / 1d == 3",
        "metrics.small / 3 * 3 == metrics.small",
    ],
)
def test_true(text: str) -> None:
    """Decimals are compared as they are written, parameters as the other side asks for."""
    assert judge(text).verdict is Verdict.TRUE


@pytest.mark.parametrize(
    "text",
    [
        "metrics.auc >= 0.92",
        "metrics.auc >= holder.metrics.auc + 0.05",
        "metrics.auc != 0.91",
        'params.depth == "8.0"',
        "params.depth > holder.params.depth",
        'tags.approved == "True"',
        'run.status != "FINISHED"',
        "age < 3d",
        "holder.age < age",
    ],
)
def test_false(text: str) -> None:
    """A known no."""
    assert judge(text).verdict is Verdict.FALSE


def test_no_signature() -> None:
    """A version without a signature is a known no, one whose files cannot be read is unknown."""
    assert judge("signature", replace(NEW, signature=False)).verdict is Verdict.FALSE
    result = judge("signature", replace(NEW, signature=Unknown("churn/7 has no readable MLmodel file")))
    assert (result.verdict, result.detail) == (
        Verdict.UNKNOWN,
        "signature is unknown: churn/7 has no readable MLmodel file",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("metrics.acu >= 0.9", "churn/7 has no metrics.acu in run 3f2a; did you mean 'auc'?"),
        ("metrics.acu != 0.9", "churn/7 has no metrics.acu in run 3f2a; did you mean 'auc'?"),
        ("holder.metrics.zero < 1", "churn/3 has no metrics.zero in run 77"),
        ('metrics."a b" >= 0.9', 'churn/7 has no metrics."a b" in run 3f2a'),
        ("metrics.none >= 0", "metrics.none is NaN"),
        ("metrics.none != 0", "metrics.none is NaN"),
        ("metrics.most > 0", "metrics.most is infinite"),
        ('params.gone == "x"', "churn/7 has no params.gone in run 3f2a"),
        ('params.gone != "x"', "churn/7 has no params.gone in run 3f2a"),
        ('tags.gone != "x"', "churn/7 has no tags.gone in its tags"),
        ("params.kind < 3", 'params.kind is "tree", which is no finite number'),
        ("params.kind < holder.params.depth", 'params.kind is "tree", which is no finite number'),
        ("metrics.auc / metrics.zero > 1", "0.91 / 0 is no finite number"),
        ("metrics.zero / metrics.zero == 1", "0 / 0 is no finite number"),
        ("metrics.auc * 1e200 * 1e200 > 1", "9.1e+199 * 1e+200 is no finite number"),
        ("holder.signature", "holder.signature is unknown: it has not been read"),
    ],
)
def test_unknown(text: str, reason: str) -> None:
    """What is missing, not finite or no number gives no verdict, with `!=` neither."""
    result = judge(text)
    assert (result.verdict, result.detail) == (Verdict.UNKNOWN, reason)


@pytest.mark.parametrize("value", [1.797e308, -1.7976931348623157e308, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("op", [">", "<", "!="])
def test_stored_infinities(value: float, op: str) -> None:
    """MLflow's SQL stores give the largest float for an infinity."""
    facts = replace(NEW, sources=(Source(name="run", metrics={"x": value}),))
    assert judge(f"metrics.x {op} 0", facts).verdict is Verdict.UNKNOWN
    assert judge(f"0 {op} holder.metrics.x", NEW, facts).verdict is Verdict.UNKNOWN


def test_two_parameters_are_texts() -> None:
    """Two parameters are equal as texts; with < and > both are read as numbers."""
    forest = replace(NEW, sources=(Source(name="run", params={"kind": "tree", "depth": "8.0"}),))
    assert judge("params.kind == holder.params.kind", NEW, forest).verdict is Verdict.TRUE
    assert judge("params.depth != holder.params.depth", NEW, forest).verdict is Verdict.TRUE
    assert judge("params.depth <= holder.params.depth", NEW, forest).verdict is Verdict.TRUE


def test_two_sources() -> None:
    """A run and a logged model that disagree give no verdict; one that is silent does not count, NaN does."""
    run, model = Source(name="run 1", metrics={"auc": 0.91}), Source(name="logged model m-1", metrics={"auc": 0.95})
    result = judge("metrics.auc >= 0.9", replace(NEW, sources=(run, model)))
    assert result.verdict is Verdict.UNKNOWN
    assert result.detail == "metrics.auc: run 1 says 0.91, but logged model m-1 says 0.95"
    silent = replace(model, metrics={"f1": 1.0})
    assert judge("metrics.auc >= 0.9", replace(NEW, sources=(run, silent))).verdict is Verdict.TRUE
    assert judge("metrics.f1 >= 0.9", replace(NEW, sources=(run, silent))).verdict is Verdict.TRUE
    same = replace(model, metrics={"auc": 0.91})
    assert judge("metrics.auc >= 0.9", replace(NEW, sources=(run, same))).verdict is Verdict.TRUE
    twice = replace(NEW, sources=(model, replace(run, name=model.name)))
    assert judge("metrics.auc >= 0.9", twice).verdict is Verdict.UNKNOWN
    nan = replace(model, metrics={"auc": math.nan})
    assert judge("metrics.auc >= 0.9", replace(NEW, sources=(run, nan))).verdict is Verdict.UNKNOWN


def test_datasets_that_disagree() -> None:
    """They give no verdict, and it is said how to name one."""
    train = Source(name="logged model m-1 on train", metrics={"f1": 0.99, "f1 (train)": 0.99}, dataset="train")
    test = Source(name="logged model m-1 on test", metrics={"f1": 0.7, "f1 (test)": 0.7}, dataset="test")
    facts = replace(NEW, sources=(RUN, train, test))
    result = judge("holder.metrics.f1 >= 0.5", holder=facts)
    assert (result.verdict, result.detail) == (
        Verdict.UNKNOWN,
        "holder.metrics.f1: logged model m-1 on train says 0.99, but logged model m-1 on test says 0.7; "
        'holder.metrics."f1 (train)" reads one dataset',
    )
    assert judge('metrics."f1 (test)" >= 0.7', facts).verdict is Verdict.TRUE


def test_a_metric_that_is_unknown() -> None:
    """Is no verdict, whatever other sources say; other metrics of its source are known."""
    doubted = Source(name="logged model m-1", metrics={"auc": Unknown("no run confirms it"), "f1": 0.5})
    facts = replace(NEW, sources=(RUN, doubted))
    result = judge("metrics.auc >= 0", facts)
    assert (result.verdict, result.detail) == (Verdict.UNKNOWN, "metrics.auc is unknown: no run confirms it")
    assert judge("metrics.f1 >= 0.5", facts).verdict is Verdict.TRUE


def test_a_source_that_cannot_be_read() -> None:
    """A failed lookup of one source is no verdict, even if another knows the value: they might disagree."""
    failed = Source(name="run 1", metrics=Unknown("run 1: 403 from the server"))
    known = Source(name="logged model m-1", metrics={"auc": 0.95})
    result = judge("metrics.auc >= 0.9", replace(NEW, sources=(failed, known)))
    assert (result.verdict, result.detail) == (Verdict.UNKNOWN, "metrics.auc is unknown: run 1: 403 from the server")


def test_no_run() -> None:
    """A version without a run has no metrics, and says so."""
    result = judge("metrics.auc >= 0.9", replace(NEW, sources=()))
    assert result.verdict is Verdict.UNKNOWN
    assert result.detail == "churn/7 has neither a run nor a logged model, so no metrics.auc"


@pytest.mark.parametrize(
    "text",
    ["metrics.auc >= 0", 'params.x == "1"', 'tags.x != "1"', 'run.status == "FINISHED"', "signature", "age < 7d"],
)
def test_nothing_was_read(text: str) -> None:
    """What a caller leaves out of the facts is unknown."""
    assert judge(text, Facts(ref="churn/7")).verdict is Verdict.UNKNOWN


def test_a_version_of_the_future() -> None:
    """An age below nothing means that a clock is wrong, so no age is young enough."""
    assert judge("age < 7d", replace(NEW, age_s=-5.0)).verdict is Verdict.UNKNOWN


def test_the_first_version() -> None:
    """Without a holder only --allow-first passes, and only what reads the holder."""
    better = "metrics.auc >= holder.metrics.auc + 0.005"
    refused = judge(better, holder=None)
    assert refused.verdict is Verdict.UNKNOWN
    assert "--allow-first" in refused.detail
    first = judge(better, holder=None, allow_first=True)
    assert (first.verdict, first.detail) == (Verdict.TRUE, "no holder yet, --allow-first")
    assert judge("metrics.auc >= 0.99", holder=None, allow_first=True).verdict is Verdict.FALSE
    assert judge(better, allow_first=True).detail == "0.91 >= 0.885 (holder churn/3)"
    assert judge('holder.tags.frozen != "true"', holder=None, allow_first=True).verdict is Verdict.TRUE


@pytest.mark.parametrize(
    "text",
    [
        "metrics.none >= holder.metrics.none",
        "metrics.gone >= holder.metrics.gone",
        "params.kind < holder.params.depth",
        "params.gone == holder.params.gone",
    ],
)
def test_the_first_version_must_be_comparable(text: str) -> None:
    """--allow-first forgives a missing holder, not a version that the next one could not be compared with."""
    assert judge(text, holder=None, allow_first=True).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("metrics.auc >= holder.metrics.auc + 0.005", "0.91 >= 0.885 (holder churn/3)"),
        ("metrics.auc >= 0.92", "0.91 >= 0.92"),
        ("metrics.small >= 0.30000000000000000000001", "0.3 >= 0.30000000000000000000001"),
        ("params.lr < 1e-7", "0.00001 < 1e-7"),
        ("params.depth / 3 > 1", "2.6666666666666667 > 1"),
        ("age < 7d", "3d < 7d"),
        ("age < 90min", "3d < 1.5h"),
        ("age <= 259199.9s", "3d <= 2.9999988d"),
        ('tags.approved == "yes"', '"true" == "yes"'),
        ("signature", "churn/7 has a signature"),
    ],
)
def test_details(text: str, detail: str) -> None:
    """The values that were compared, as short as they can be while different values look different."""
    assert judge(text).detail == detail
    assert str(judge(text)) == f"{text}: {detail}"


def test_long_texts_are_cut() -> None:
    """A tag of thousands of characters does not fill the screen."""
    result = judge('tags.x == "y"', replace(NEW, tags={"x": "z" * 5000}))
    assert result.verdict is Verdict.FALSE
    assert len(result.detail) < 80


def test_overall() -> None:
    """A known no comes before doubt, doubt before yes; no condition is no obstacle."""
    no, yes, doubt = (judge(text) for text in ("age < 1d", "signature", "metrics.gone > 1"))
    assert overall([yes, doubt, no]) is Verdict.FALSE
    assert overall([yes, doubt]) is Verdict.UNKNOWN
    assert overall([yes, yes]) is Verdict.TRUE
    assert overall([]) is Verdict.TRUE
    assert [verdict.exit for verdict in Verdict] == [0, 8, 9]


def test_fields() -> None:
    """A condition tells what it reads, so that no more is fetched."""
    condition = parse("metrics.auc >= holder.metrics.auc + params.x")
    assert {str(field) for field in condition.fields()} == {"metrics.auc", "holder.metrics.auc", "params.x"}
    assert condition.reads_holder
    assert not parse("signature").reads_holder


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  metrics.auc>=0.92 ", "metrics.auc >= 0.92"),
        ("metrics.'val/x' > ((1))", 'metrics."val/x" > 1'),
        ('metrics."val.x" > 1', "metrics.val.x > 1"),
        ("metrics.5xx < 1+(2-3)-(4-5)*6", "metrics.5xx < 1 + (2 - 3) - (4 - 5) * 6"),
        ("metrics.größe > -(-(1+2))", "metrics.größe > --(1 + 2)"),
        ("age < 1.5e1d", "age < 15d"),
    ],
)
def test_canonical(text: str, canonical: str) -> None:
    """A condition as text has the spaces, quotes and parentheses that it needs."""
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize(
    ("text", "at", "cause", "hint"),
    [
        ("metrics.auc", 11, "a shell takes", "quote it, the shell took the >=: --require 'metrics.auc >= 0.92'"),
        ("holder.params.x", 15, "a shell takes", "--require 'holder.params.x == \"true\"'"),
        ("run.status", 10, "a shell takes", "--require 'run.status == \"FINISHED\"'"),
        ("age", 3, "a shell takes", "--require 'age < 7d'"),
        ("metrics.auc - 1", 15, "a shell takes", "--require 'metrics.auc >= 0.92'"),
        ("", 0, "a field, a number or a text should be here", "help gates"),
        ("metrics.auc >=", 14, "a field, a number or a text should be here", "help gates"),
        ("metric.auc > 1", 0, "'metric.auc' is no field", "did you mean 'metrics'?"),
        ("param.x == 'y'", 0, "'param.x' is no field", "did you mean 'params'?"),
        ("tag.x == 'y'", 0, "'tag.x' is no field", "did you mean 'tags'?"),
        ("run.state == 'y'", 0, "'run.state' is no field", "did you mean 'run.status'?"),
        ("champion.metrics.auc > 1", 0, "'champion.metrics.auc' is no field", "holder.metrics.KEY"),
        ("holder > 1", 0, "'holder' is no field", "would be a field"),
        ("age.x > 1", 0, "'age.x' is no field", "the fields are"),
        ("auc > 1", 0, "'auc' is no field", "metrics.auc would be a field"),
        ("params.x == y", 12, "'y' is no field", '"y" a text'),
        ("metrics > 1", 0, "metrics of which key?", "metrics.KEY"),
        ("metrics.auc-1 > 1", 11, "'-' could be a part of the key", 'metrics."auc-1"'),
        ("metrics.auc > holder.metrics.val/auc", 32, "'/' could be", 'metrics."val/auc"'),
        ("metrics.val auc > 1", 12, "a comparison should be here", "is quoted"),
        ("metrics.a:b > 1", 9, "begins no field", "is quoted"),
        ('metrics.val."x" > 1', 0, "quoted whole or not at all", "is quoted"),
        ('metrics."" > 1', 0, "the key is empty", "help gates"),
        ('metrics."x > 1', 7, "the quote is not closed", "for the shell"),
        ('params.x == "y', 12, "the quote is not closed", "for the shell"),
        ("metrics.a = 1", 10, "there is no operator '='", "write =="),
        ("metrics.a => 1", 10, "there is no operator '=>'", "write >="),
        ("metrics.a ≥ 1", 10, "there is no operator '≥'", "write >="),
        ("metrics.a <> 1", 10, "there is no operator '<>'", "write !="),
        ("metrics.a > 1 and age < 7d", 14, "there is no 'and' in a condition", "repeat --require"),
        ("metrics.a > 1 && age < 7d", 14, "joined with '&'", "repeat --require"),
        ("not signature", 0, "there is no 'not' in a condition", "repeat --require"),
        ("0 < metrics.a < 1", 14, "a condition has one comparison", "repeat --require"),
        ("(metrics.a > 1)", 11, "')' should be here", "help gates"),
        ("metrics.a > 1)", 13, "the end should be here", "help gates"),
        ("metrics.a > 95%", 12, "no percentages", "95 / 100"),
        ("metrics.a > 1e400", 12, "infinity", "help gates"),
        ("age < 7 days", 8, "the end should be here", ""),
        ("age < 7days", 6, "'days' is no unit of time", "s, m, min, h, d, w"),
        ("age < 7", 4, "a duration and a number", "age < 7d"),
        ("metrics.a > 7d", 10, "a number and a duration", "age < 7d"),
        ("age * age > 7d", 4, "a duration and a duration", "age < 7d"),
        ('metrics.a == "1"', 10, "a number and a text", "help gates"),
        ('params.a < "z"', 9, "a text and a text", "== and !="),
        ("run.status > params.a", 11, "a text and a text", "== and !="),
        ("params.a * 'x' > 1", 9, "a text and a text", "== and !="),
        ("run.status == -'x'", 14, "a text has no negative", "help gates"),
        ("signature == 'true'", 10, "a yes or no and a text", "--require signature"),
        ("1 > 0", 2, "reads nothing of the version", "the fields are"),
        ("metrics.auc >= metrics.auc", 12, "both sides are one", "holder.metrics.auc?"),
        ("holder.age < holder.age", 11, "both sides are one", "age?"),
        ("metrics.auc + 1 > metrics.auc + 1", 16, "both sides are one", "help gates"),
        ("'a' == 'a'", 4, "reads nothing of the version", "the fields are"),
        ("metrics.a > 1\x1b[31m", 13, "begins no field", "is quoted"),
    ],
)
def test_refused(text: str, at: int, cause: str, hint: str) -> None:
    """What is no condition is a usage error that points to the place and to the way out."""
    with pytest.raises(Usage) as caught:
        parse(text)
    error = caught.value
    assert cause in (error.cause or "")
    assert hint in (error.hint or "")
    what, shown, caret = error.message.split("\n")
    assert what == "cannot read the condition"
    assert shown == "  " + text.replace("\x1b", "?")
    assert caret == "  " + " " * at + "^"


@pytest.mark.parametrize(
    "text",
    ["(" * 40 + "metrics.a" + ")" * 40 + " > 1", "-" * 900 + "metrics.a > 1", "metrics.a > 1" + " + 1" * 40, "(" * 999],
)
def test_too_many_words(text: str) -> None:
    """What is nested or chained beyond reason is refused before anything recurses."""
    with pytest.raises(Usage, match=r"\^") as caught:
        parse(text)
    assert caught.value.cause == "a condition has at most 60 words and signs"


def test_too_long() -> None:
    """A condition has a length that a person could have meant."""
    assert parse(f'tags.x == "{"y" * 900}"')
    with pytest.raises(Usage) as caught:
        parse(f'tags.x == "{"y" * 1000}"')
    assert caught.value.cause == "a condition has at most 1000 characters"
    assert len(caught.value.message) < 300
