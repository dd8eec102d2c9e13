"""One grammar for references to models, in every spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlreg.core.errors import Usage
from mlreg.core.filters import equals
from mlreg.core.references import ModelRef, Selector, check_alias, check_stage, parse_model, parse_ref

VERSION_7, CHAMPION = Selector("version", "7"), Selector("alias", "champion")


@pytest.mark.parametrize("prefix", ["", "models:/"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("churn", ModelRef("churn")),
        ("churn/7", ModelRef("churn", VERSION_7)),
        ("churn/007", ModelRef("churn", VERSION_7)),
        ("churn:7", ModelRef("churn", VERSION_7)),
        ("churn@champion", ModelRef("churn", CHAMPION)),
        ("churn/Production", ModelRef("churn", Selector("stage", "Production"))),
        ("churn/none", ModelRef("churn", Selector("stage", "None"))),
        ("churn/latest", ModelRef("churn", Selector("latest", "latest"))),
        ("a b/7", ModelRef("a b", VERSION_7)),
        ("a@b@champion", ModelRef("a@b", CHAMPION)),
        ("a@b/7", ModelRef("a@b", VERSION_7)),
        ("cat.schema.churn@champion", ModelRef("cat.schema.churn", CHAMPION)),
        ("k=v/7", ModelRef("k=v", VERSION_7)),
        ("a@b/", ModelRef("a@b")),
        ("churn/", ModelRef("churn")),
    ],
)
def test_spellings(prefix: str, text: str, expected: ModelRef) -> None:
    """With and without models:/ in front."""
    assert parse_ref(prefix + text) == expected


def test_another_stack() -> None:
    """STACK:: comes before everything else."""
    assert parse_ref("prod::churn/7") == ModelRef("churn", VERSION_7, "prod")
    assert parse_ref("prod::models:/churn@champion") == ModelRef("churn", CHAMPION, "prod")
    assert parse_model("prod::churn") == ModelRef("churn", None, "prod")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "/7",
        "@a",
        ":7",
        "a/b/7",
        "a//7",
        "a//",
        "a/x",
        "a:x",
        "a@",
        "a@b c",
        "a@latest",
        "a:latest",
        "a@V1",
        ".",
    ],
)
def test_refused(text: str) -> None:
    """What the grammar does not know is a usage error that shows the grammar or the nearest word."""
    with pytest.raises(Usage):
        parse_ref(text)


def test_where_no_version_may_follow_at_is_a_letter() -> None:
    """So a model called a@b can be created and listed."""
    assert parse_model("a@b") == parse_model("a@b/") == ModelRef("a@b")


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but Usage is raised, and what is read is written so that it reads the same again."""
    try:
        ref = parse_ref(text)
    except Usage:
        return
    if ref.selector is not None and not ref.name.startswith("models:"):
        assert parse_ref(str(ref)) == ModelRef(ref.name, ref.selector)


def test_stages_and_aliases() -> None:
    """Stages in any case; aliases with or without @; reserved ones refused."""
    assert [check_stage(stage) for stage in ("production", "NONE")] == ["Production", "None"]
    assert [check_alias(alias) for alias in ("@champion", "über-1", "123")] == ["champion", "über-1", "123"]
    for wrong in ("latest", "LATEST", "v1", "V12", "", "a.b", "a" * 256):
        with pytest.raises(Usage):
            check_alias(wrong)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("churn", "name = 'churn'"),
        ("it's", 'name = "it\'s"'),
        ('a "b"', "name = 'a \"b\"'"),
        ("""it's "b" """, "name LIKE 'it_s \"b\" '"),
    ],
)
def test_filters_cannot_be_broken_out_of(value: str, expected: str) -> None:
    """MLflow has no escape for quotes: the other kind is used, or a pattern."""
    assert equals("name", value) == expected
