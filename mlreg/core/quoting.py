"""Words as a shell takes them: names that come from a server go into commands that people paste."""

import re

_PLAIN = r"(?!.*\{.*(?:,|\.\.))[\w@%+=:,./{}-]+"  # braces alone are left alone, a list in them is expanded


def quoted(*words: object) -> str:
    """These words on one line, each of which a shell reads as one word."""
    import shlex

    return " ".join(text if re.fullmatch(_PLAIN, text) else shlex.quote(text) for text in map(str, words))
