"""What was measured again and again: the last value of each metric, and the last on each dataset."""

from collections.abc import Iterable

from mlreg.core.types import Logged, Measurement


def in_order(measured: Iterable[Measurement]) -> list[Measurement]:
    """Values by step, and by time where a step was measured twice."""
    return sorted(measured, key=_when)


def last_values(measured: Iterable[tuple[str, str, Measurement]]) -> dict[str, float]:
    """Return the last values by metric, of each name, dataset and measurement.

    What was measured on several datasets is there once more for each of them: `auc (test)`.
    """
    last: dict[str, dict[str, Measurement]] = {}
    for key, dataset, found in measured:
        known = last.setdefault(key, {})
        known[dataset] = max(known.get(dataset, found), found, key=_when)
    values = {key: max(datasets.values(), key=_when).value for key, datasets in last.items()}
    for key, datasets in last.items():
        if len(datasets) > 1:
            values |= {f"{key} ({name})": found.value for name, found in datasets.items() if name}
    return values


def last_logged(measured: Iterable[Logged]) -> list[Logged]:
    """The last of each metric on each dataset."""
    last: dict[tuple[str, str], Logged] = {}
    for each in measured:
        place = each.key, each.dataset
        last[place] = max(last.get(place, each), each, key=lambda logged: _when(logged.found))
    return list(last.values())


def _when(measured: Measurement) -> tuple[int, int]:
    return measured.step, measured.time
