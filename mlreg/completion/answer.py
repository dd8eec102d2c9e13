"""complete(): answers `mlreg __complete SHELL WORD...` from the command tree and the names cache.

Nothing is waited for, no word is evaluated, and what goes wrong is not said: then there is nothing to choose from.
"""

import os
import sys

from mlreg.completion.known import Known
from mlreg.completion.line import Line
from mlreg.completion.values import candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mlreg.completion.line import Question

BY_THE_SHELL = ("file", "directory", "program")


def complete(arguments: list[str]) -> None:
    """Print the answer to what a shell's script asks; then see to it that the next one knows more."""
    try:
        known = Known(os.environ)
        text = answer(arguments[0], arguments[1:], known)
        sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
        sys.stdout.buffer.flush()
        if known.old_components or known.old_models:
            from mlreg.completion import refresh

            refresh.later(known)
    except Exception:  # noqa: BLE001, S110 - whatever it is, between two keystrokes nobody can do anything about it
        pass


def answer(shell: str, words: list[str], known: Known) -> str:
    """What a script reads: in the first line what the others are, then a candidate in each, with a note after a tab.

    From bash come the line so far and the part that it will replace, from the others the words after `mlreg`.
    """
    if shell == "bash":
        from mlreg.completion import bash

        typed = bash.split(words[0])
        question = _asked([bash.plain(word)[0] for word in typed[1:]])
        found = [word for word, _ in _found(question, known)]
        return "\n".join([_how(question), *bash.insertions(typed[-1], words[1], found)])
    question = _asked(words)
    return "\n".join([_how(question), *map("\t".join, _found(question, known))])


def _asked(words: list[str]) -> "Question":
    line = Line()
    for word in words[:-1]:
        line.take(word)
    return line.question(words[-1])


def _found(question: "Question", known: Known) -> list[tuple[str, str]]:
    """The candidates as whole words. What a terminal would obey, or a line cannot hold, is not offered."""
    if question.kind in BY_THE_SHELL:
        return []
    found = [(word, note) for word, note in candidates(question, known) if word.isprintable()]
    return [(question.head + word, note if note.isprintable() else "") for word, note in found]


def _how(question: "Question") -> str:
    """`words`; or what the shell completes itself, and how much of the word (of the line) comes before that."""
    if question.kind == "program":
        return f"program {question.line.program}"
    return f"{question.kind} {len(question.head)}" if question.kind in BY_THE_SHELL else "words"
