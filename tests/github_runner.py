"""GitHub's runner, as far as mlreg meets it: its files, what it obeys in a log, and composite actions.

Written after the runner's own rules, and not after mlreg's code: what one takes for harmless, the other must not obey.
"""

import os
import re
import subprocess
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

COMMANDS: Final = {
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher"),
    *("save-state", "set-env", "set-output", "stop-commands", "warning"),
}
IGNORED: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8]")


@dataclass(frozen=True)
class Command:
    """Something that the runner did because a line of a log said so."""

    name: str
    properties: dict[str, str]
    data: str


def obeyed(log: str) -> list[Command]:
    """The commands in a log, in the runner's order of trying: `::` at the start of a line, then `##[` anywhere."""
    found = (_double_colon(line) or _bracket(line) for line in re.split(r"\r\n|\r|\n", _compared(log)))
    return [command for command in found if command]


def outputs(text: str) -> dict[str, str]:
    """The outputs that a file of GITHUB_OUTPUT sets; raises ValueError where the runner fails the step."""
    set_: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, _, delimiter = line.partition("<<")
            if not name or not delimiter:
                raise ValueError(f"no name or no delimiter: {line!r}")
            set_[name] = "\n".join(_until(lines, delimiter))
        elif equals > 0:
            set_[line[:equals]] = line[equals + 1 :]
        else:
            raise ValueError(f"invalid format: {line!r}")
    return set_


def _until(lines: Iterator[str], delimiter: str) -> Iterator[str]:
    for line in lines:
        if line == delimiter:
            return
        yield line
    raise ValueError(f"no line is {delimiter!r}")


def _compared(text: str) -> str:
    """A text as .NET compares it, by culture: what has no weight is not there."""
    kept = (character for character in text if unicodedata.category(character) != "Cf" or character in "\r\n")
    return IGNORED.sub("", "".join(kept))


def _double_colon(line: str) -> Command | None:
    info, found, data = line.lstrip().removeprefix("::").partition("::")
    name, _, rest = info.partition(" ")
    if not line.lstrip().startswith("::") or not found or name.lower() not in COMMANDS:
        return None
    pairs = (pair.partition("=") for pair in rest.strip().split(",") if pair)
    properties = {key: _unescape(value, ":", ",") for key, _, value in pairs if value}
    return Command(name.lower(), properties, _unescape(data))


def _bracket(line: str) -> Command | None:
    found = re.search(r"##\[([^\]]*)\](.*)", line)
    name = found[1].partition(" ")[0].lower() if found else ""
    return Command(name, {}, found[2]) if found and name in COMMANDS else None


def _unescape(text: str, *others: str) -> str:
    for character in ("\r", "\n", *others, "%"):
        text = text.replace(f"%{ord(character):02X}", character)
    return text


@dataclass
class Runner:
    """One job: the directory it works in, the environment of its steps, and what was printed there."""

    root: Path
    env: dict[str, str]
    log: str = ""
    path: list[str] = field(default_factory=list)

    def use(self, action: Path, **inputs: str) -> dict[str, str]:
        """Run a composite action and return its outputs; raises CalledProcessError for a step that fails."""
        asked = yaml.safe_load((action / "action.yml").read_text())
        assert not inputs.keys() - asked["inputs"].keys()
        given = {name: inputs.get(name, entry["default"]) for name, entry in asked["inputs"].items()}
        steps: dict[str, str] = {}
        for step in asked["runs"]["steps"]:
            if "if" not in step or _holds(step["if"], given):
                done = self.step(step, {f"inputs.{name}": value for name, value in given.items()}, action)
                steps.update({f"steps.{step.get('id')}.outputs.{name}": value for name, value in done.items()})
        return {name: _filled(entry["value"], steps) for name, entry in asked["outputs"].items()}

    def step(self, step: Mapping[str, Any], known: Mapping[str, str], action: Path) -> dict[str, str]:
        """Run a step's script as the runner does, and return what it has set."""
        assert step["shell"] == "bash"
        files = {name: self.root / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        script = self.root / "script.sh"
        script.write_text(_filled(step["run"], known))
        env = {
            **self.env,
            **{name: _filled(value, known) for name, value in step.get("env", {}).items()},
            **{name: str(file) for name, file in files.items()},
            "PATH": os.pathsep.join([*self.path, self.env["PATH"]]),
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "GITHUB_ACTION_PATH": str(action),
            "RUNNER_TEMP": str(self.root),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            env=env,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        self.log += done.stdout + done.stderr
        self.path[:0] = filter(None, files["GITHUB_PATH"].read_text().split("\n"))
        done.check_returncode()
        return outputs(files["GITHUB_OUTPUT"].read_text())


def _filled(text: str, known: Mapping[str, str]) -> str:
    """A text with its expressions replaced, as the runner does it before a shell sees the text."""
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: known.get(found[1], ""), text)


def _holds(condition: str, given: Mapping[str, str]) -> bool:
    found = re.fullmatch(r"inputs\.(\w+) != ''", condition)
    assert found, condition
    return given[found[1]] != ""
