"""What is known of a version when its gate is judged, and what is not known, with the reason."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from mlreg.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """In the place of what could not be read: why. A condition that needs it cannot be judged, and is not passed."""

    why: str


NOT_READ: Final = Unknown("it has not been read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that tells metrics and parameters of a version: its run, or its logged model, or a dataset of that.

    `name` is how messages call it: "run 3f2a", "logged model m-1". A single metric may be unknown too.
    """

    name: str
    metrics: Mapping[str, float | Unknown] | Unknown = field(default_factory=dict)
    params: Mapping[str, str] | Unknown = field(default_factory=dict)
    dataset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A version as a gate sees it. What the caller leaves out is unknown, never false.

    A version without a run or logged model has no sources; one whose run cannot be read has a source that says so.
    """

    ref: str
    sources: tuple[Source, ...] | Unknown = NOT_READ
    tags: Mapping[str, str] | Unknown = NOT_READ
    run_status: str | Unknown = NOT_READ
    signature: bool | Unknown = NOT_READ
    age_s: float | Unknown = NOT_READ
