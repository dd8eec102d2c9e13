"""MLflow's filter strings, read by MLflow's own parser."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlreg.core import filters

PIECES = (*"'\"\\`$%_-#/*;()[]{} \n\tab1é", " AND ", "--", "/*", "''", "\\'", '\\"', "tags.k = 'v'")
VALUES = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def read(filter: str) -> Any:
    """What MLflow understands. (Importing it takes seconds.)"""
    from mlflow.utils.search_utils import SearchModelVersionUtils

    return SearchModelVersionUtils.parse_search_filter(filter)


@settings(deadline=None)
@given(VALUES, st.sampled_from(["name", "run_id", "source_path"]))
def test_no_value_breaks_out(value: str, key: str) -> None:
    """A condition among others is one condition: of the value, or of a pattern that the value matches."""
    before, attribute, tag, after = read(
        filters.both(
            [
                filters.equals("name", "before"),
                filters.equals(key, value),
                filters.tag("a b/c", value),
                filters.tag("k", "after"),
            ]
        )
    )
    assert (before["value"], after["key"], after["value"]) == ("before", "k", "after")
    assert (attribute["type"], attribute["key"], tag["type"], tag["key"]) == ("attribute", key, "tag", "a b/c")
    for condition in attribute, tag:
        if condition["comparator"] == "=":
            assert condition["value"] == value
        else:
            assert len(condition["value"]) == len(value)
            assert all(ours in ("_", theirs) for ours, theirs in zip(condition["value"], value, strict=True))


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ("churn", "name = 'churn'"),
        ("it's", '''name = "it's"'''),
        ('say "hi"', """name = 'say "hi"'"""),
        ("""it's "both" """, """name LIKE 'it_s "both" '"""),
        ("C:\\dir", "name = 'C:\\dir'"),
        ("C:\\dir\\", "name LIKE 'C:_dir_'"),
        ("", "name = ''"),
    ],
)
def test_equality(value: str, condition: str) -> None:
    """The other kind of quotes is used, and a pattern where neither would do."""
    assert filters.equals("name", value) == condition


def test_nothing_is_no_condition() -> None:
    """Empty parts leave no AND behind."""
    assert filters.both(["", "a", "", "b"]) == "a AND b"
    assert filters.both([]) == ""
