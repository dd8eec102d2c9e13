"""The command line so far, read by the generated command tree: which command it is, and what the next word may be."""

import os

FREE = "-"
COMMAND, OPTION = "command", "option"
UNKNOWN = "unknown"

Option = tuple[list[str], list[str], str]  # its spellings, the long ones first; the kinds of its values; its help


def _tree() -> str:
    with open(os.path.join(os.path.dirname(__file__), "tree.tsv"), "rb") as file:
        return file.read().decode()


class Question:
    """What may stand at the cursor: a `kind` of thing that begins with `typed`, behind `head` in the same word."""

    def __init__(self, line: "Line", kind: str, typed: str, head: str = "") -> None:
        self.line = line
        self.kind = kind
        self.typed = typed
        self.head = head


class Line:
    """The words before the cursor: the command, its arguments, and the options that were given."""

    def __init__(self) -> None:
        self._tree = _tree()
        self.given: dict[str, str] = {}
        self.arguments: list[str] = []
        self.program: int | None = None  # how many words come before those of another program, after --
        self.words = 0
        self.ended = False  # by --: what comes then is no option
        self._waiting: list[tuple[str, str]] = []
        self._enter("mlreg")

    def take(self, word: str) -> None:
        """Read the next word."""
        self.words += 1
        if self._waiting:
            name, _ = self._waiting.pop(0)
            self.given[name] = word
        elif word == "--" and not self.ended:
            self.ended = True
            self.program = self.words if "program" in self._marks else None
        elif word[:1] == "-" and len(word) > 1 and not self.ended:
            self._take_option(word)
        elif "group" in self._marks:
            self._enter(f"{self.path} {word.replace('_', '-')}")
        else:
            self.arguments.append(word)

    def question(self, typed: str) -> Question:
        """Say what the word may be of which this much is typed."""
        if self.program is not None:
            return Question(self, "program", typed)
        if self._waiting:
            return self._value_question(self._waiting[0][1], typed)
        if UNKNOWN in self._marks:
            return Question(self, FREE, typed)
        if typed[:1] == "-" and not self.ended:
            return self._option_question(typed)
        if "group" in self._marks:
            return Question(self, COMMAND, typed)
        kinds = [kind for kind in self._arguments if kind.endswith("...")][-1:] or [OPTION]
        position = len(self.arguments)
        kind = self._arguments[position] if position < len(self._arguments) else kinds[0]
        return Question(self, kind.removesuffix("..."), typed)

    def options(self) -> list[Option]:
        """The options that may be given here: the command's own, then those of every command."""
        shared = [*self._block("+global")[2], *(self._block("+writes")[2] if self._writes else [])]
        return [*self._options, *shared]

    def commands(self) -> list[tuple[str, str]]:
        """The commands of this noun, with what they do."""
        found = []
        for line in self._tree.split("\n"):
            if line.startswith(f"{self.path} "):
                path, marks, help = line.split("\t")
                name = path[len(self.path) + 1 :]
                if " " not in name and "hidden" not in marks and marks[:1] != "=":
                    found.append((name, help))
        return found

    def _enter(self, path: str) -> None:
        marks, _, options = self._block(path)
        if marks[:1] == "=":
            return self._enter(marks[1:])
        self.path = path
        self._marks = marks.split()
        self._writes = "writes" in self._marks or "group" in self._marks
        self._options = [option for option in options if option[0]]
        self._arguments = [option[1][0] for option in options if not option[0]]
        return None

    def _block(self, path: str) -> tuple[str, str, list[Option]]:
        """What the tree says of a command: its marks, its help, its options (without spellings: arguments)."""
        _, found, rest = self._tree.partition(f"\n{path}\t")
        if not found:
            return UNKNOWN, "", []
        head, *below = rest.split("\n")
        marks, help = head.split("\t")
        options: list[Option] = []
        for line in below:
            if line[:1] != "\t":
                break
            _, spellings, kinds, text = line.split("\t")
            options.append((spellings.split(), kinds.split(), text))
        return marks, help, options

    def _take_option(self, word: str) -> None:
        name, has_value, value = word.partition("=")
        option = self._find(name) if word[:2] == "--" else self._find(word)
        if option:
            self._expect(option, [value] if has_value else [])
            return
        for place in range(1, len(word)) if word[:2] != "--" else ():
            option = self._find(f"-{word[place]}")
            if not option or option[1]:
                if option:
                    self._expect(option, [word[place + 1 :]] if place + 1 < len(word) else [])
                return

    def _expect(self, option: Option, values: list[str]) -> None:
        """Note an option with the values that came in the same word; the others are to follow."""
        name = option[0][0]
        self.given[name] = values[0] if values else ""
        self._waiting = [(name, kind) for kind in option[1][len(values) :]]

    def _find(self, spelling: str) -> Option | None:
        spelling = spelling.replace("_", "-")
        for option in self.options():
            if spelling in option[0]:
                return option
        return None

    def _option_question(self, typed: str) -> Question:
        name, equals, _ = typed.partition("=")
        attached = typed[:2] if typed[:2] != "--" and len(typed) > 2 else ""
        option = self._find(attached or name) if equals or attached else None
        if option and option[1]:
            head = attached or f"{name}="
            return self._value_question(option[1][0], typed[len(head) :], head)
        return Question(self, OPTION, typed)

    def _value_question(self, kind: str, typed: str, head: str = "") -> Question:
        """Say what an option's value may be. Behind a key and its = it is a file."""
        key, equals, path = typed.partition("=")
        if kind == "key=file" and equals:
            return Question(self, "file", path, f"{head}{key}=")
        return Question(self, kind, typed, head)
