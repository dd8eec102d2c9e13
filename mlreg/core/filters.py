"""MLflow's filter strings (`name = 'churn'`), built so that no name can break out of them."""

from collections.abc import Iterable


def equals(key: str, value: str) -> str:
    """Return the condition `key = value`.

    MLflow's grammar (`mlflow/utils/search_utils.py`) has no escape for quotes: the other kind is used. A value with
    both kinds is matched with LIKE, where `_` stands for any letter; and so is one that ends in a backslash, which
    would make the closing quote a part of it. Then the caller compares again.
    """
    if not value.endswith("\\"):
        if "'" not in value:
            return f"{key} = '{value}'"
        if '"' not in value:
            return f'{key} = "{value}"'
    pattern = value.replace("'", "_").replace("\\", "_")
    return f"{key} LIKE '{pattern}'"


def tag(key: str, value: str) -> str:
    """Return the condition that a tag has this value. The key is one that MLflow takes, without backticks."""
    return equals(f"tags.`{key}`", value)


def both(conditions: Iterable[str]) -> str:
    """Return one filter of those conditions that are not empty."""
    return " AND ".join(filter(None, conditions))
