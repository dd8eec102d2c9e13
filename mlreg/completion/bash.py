"""bash's side: the words of a line as bash reads them, and candidates as the text that bash puts in their place."""

PLAIN = "_@%+=:,./-"
BARE = {code: f"\\{chr(code)}" for code in range(128) if not chr(code).isalnum() and chr(code) not in PLAIN}


def split(line: str) -> list[str]:
    """The words as they are typed, quotes and all. The last one is the one at the cursor, empty after a space."""
    words, word, quote = [], "", ""
    letters = iter(line)
    for letter in letters:
        if letter == "\\" and quote != "'":
            word += letter + next(letters, "")
        elif letter in " \t\n" and not quote:
            if word:
                words.append(word)
            word = ""
        else:
            quote = _after(quote, letter)
            word += letter
    return [*words, word]


def plain(word: str) -> tuple[str, str]:
    """What a word means without its quotes, and the quote that is still open at its end."""
    value, quote = "", ""
    letters = iter(word)
    for letter in letters:
        if letter == "\\" and quote != "'":
            escaped = next(letters, "")
            value += letter + escaped if quote and escaped not in '"\\$`' else escaped
        elif _after(quote, letter) == quote:
            value += letter
        else:
            quote = _after(quote, letter)
    return value, quote


def insertions(word: str, replaced: str, candidates: list[str]) -> list[str]:
    """What bash shall put where `replaced` is, which ends the word at the cursor, so that the word becomes a candidate.

    bash replaces what comes after the last of COMP_WORDBREAKS, and after an open quote.
    """
    if not word.endswith(replaced):
        return []
    kept, quote = plain(word[: len(word) - len(replaced)])
    return [quoted(candidate[len(kept) :], quote) for candidate in candidates if candidate.startswith(kept)]


def quoted(text: str, quote: str = "") -> str:
    """Write a text so that bash reads it as it is, inside an open quote or outside. A `!` would recall history.

    bash adds the quote that closes, but not to what ends with such a quote: then it is closed here.
    """
    if quote == "'":
        inside = text.replace("'", "'\\''")
        return inside[:-1] if text.endswith("'") else inside
    if quote == '"':
        inside = "".join(
            '"\\!"' if letter == "!" else f"\\{letter}" if letter in '"\\$`' else letter for letter in text
        )
        return inside + '"' if inside.endswith('"') else inside
    return text.translate(BARE)


def _after(quote: str, letter: str) -> str:
    """The quote that is open after this letter."""
    if quote:
        return "" if letter == quote else quote
    return letter if letter in "'\"" else ""
