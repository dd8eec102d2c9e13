"""The tags of models and versions: which keys MLflow takes, and the one that mlreg leaves alone."""

import re
from collections.abc import Iterable, Mapping
from posixpath import normpath
from typing import Final

from mlreg.core.errors import Usage

PROMPT: Final = "mlflow.prompt.is_prompt"
JOURNAL: Final = "mlreg_move_"  # begins the keys of the journal: letters, digits and _, as Unity Catalog wants them

_KEY = re.compile(r"[/\w.\- :]{1,250}")


def check_keys(keys: Iterable[str]) -> None:
    """Raise Usage for a key that MLflow would refuse (`mlflow/utils/validation.py`), before anything is sent."""
    for key in keys:
        if not _KEY.fullmatch(key) or normpath(key) != key or key.startswith(("/", "..")) or key == ".":
            raise Usage(
                f"'{key}' is no key of a tag",
                cause="MLflow allows letters, digits, '_', '-', '.', ':', spaces, and '/' as in a path, at most 250",
            )
        if key.startswith(JOURNAL):
            raise Usage(f"the tag '{key}' is the journal's", hint="mlreg model history tells what it says")
        if key == PROMPT:
            raise Usage(f"the tag {PROMPT} makes prompts of models", hint="mlreg manages models only")


def visible(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that are not the journal's."""
    return {key: value for key, value in tags.items() if not key.startswith(JOURNAL)}
