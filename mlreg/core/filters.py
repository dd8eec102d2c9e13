"""MLflow's filter strings (`name = 'churn'`), built so that no name can break out of them."""


def equals(key: str, value: str) -> str:
    """Return the condition `key = value`.

    MLflow's grammar (`mlflow/utils/search_utils.py`) has no escape for quotes: the other kind is used, and a value
    with both kinds is matched with LIKE, where `_` stands for any letter. Then the caller compares again.
    """
    if "'" not in value:
        return f"{key} = '{value}'"
    if '"' not in value:
        return f'{key} = "{value}"'
    return f"{key} LIKE '{value.replace(chr(39), '_')}'"
