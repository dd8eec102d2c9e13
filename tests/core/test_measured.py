"""The last values of what was measured again and again."""

import math

from mlreg.core.measured import in_order, last_values
from mlreg.core.types import Measurement


def test_the_last_is_that_of_the_highest_step() -> None:
    """Not the one that arrived last; of one step the later counts."""
    logged = [Measurement(2, 1, 0.7), Measurement(1, 9, 0.9), Measurement(2, 0, 0.1)]
    assert last_values(("auc", "", each) for each in logged) == {"auc": 0.7}
    assert in_order(logged) == [logged[1], logged[2], logged[0]]


def test_datasets() -> None:
    """Several datasets are told one by one, a single one is not."""
    train, test = Measurement(1, 1, 0.9), Measurement(1, 2, 0.8)
    assert last_values([("auc", "train", train)]) == {"auc": 0.9}
    assert last_values([("auc", "test", test), ("auc", "train", train)]) == {
        "auc": 0.8,
        "auc (test)": 0.8,
        "auc (train)": 0.9,
    }


def test_no_number_is_a_value_too() -> None:
    """NaN as the last value is the last value."""
    logged = [("auc", "", Measurement(1, 1, 0.9)), ("auc", "", Measurement(2, 1, math.nan))]
    assert math.isnan(last_values(logged)["auc"])
