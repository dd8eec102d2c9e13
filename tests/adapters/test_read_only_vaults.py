"""The environment and commands as vaults: read, never written, never waited for."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from mlreg.adapters.vaults.command import CommandVault
from mlreg.adapters.vaults.env import EnvVault
from mlreg.core.errors import SecretMissing, VaultUnavailable
from mlreg.core.ports import Vault
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry
from tests.contract.vault import Holding, ReadingContract, entry
from tests.waiting import until

CANARY: Final = "canary-9d41"


def variable(secret: str, key: str, file: str = "") -> str:
    """The variable of a value, typed out again."""
    return f"MLREG_SECRET_{file}{secret.upper().replace('-', '_')}__{key.upper().replace('-', '_')}"


def command(*argv: str, keys: tuple[str, ...] = ("token",)) -> SecretEntry:
    """A secret that a command prints."""
    return SecretEntry(name="prod", backend="command", keys=keys, command=argv)


def python(code: str, *argv: str, keys: tuple[str, ...] = ("token",)) -> SecretEntry:
    """A secret that a Python program prints."""
    return command(sys.executable, "-c", code, *argv, keys=keys)


class TestVariables(ReadingContract):
    """Values in variables."""

    @pytest.fixture
    def holding(self) -> Holding:
        """An environment with these values."""

        def hold(name: str, values: Mapping[str, str]) -> tuple[Vault, SecretEntry]:
            return EnvVault({variable(name, key): value for key, value in values.items()}), entry(name, *values)

        return hold


class TestFiles(ReadingContract):
    """Values in files that variables name."""

    @pytest.fixture
    def holding(self, tmp_path: Path) -> Holding:
        """Files with these values, each with the line break that `echo` adds."""

        def hold(name: str, values: Mapping[str, str]) -> tuple[Vault, SecretEntry]:
            for key, value in values.items():
                (tmp_path / key).write_bytes(f"{value}\n".encode())
            environ = {variable(name, key, "FILE_"): str(tmp_path / key) for key in values}
            return EnvVault(environ), entry(name, *values)

        return hold


class TestCommand(ReadingContract):
    """Values that a command prints: one as it is, several as JSON."""

    @pytest.fixture
    def holding(self, tmp_path: Path) -> Holding:
        """A command that prints these values, and fails where there are none."""

        def hold(name: str, values: Mapping[str, str]) -> tuple[Vault, SecretEntry]:
            text = next(iter(values.values())) + "\n" if len(values) == 1 else json.dumps(values)
            (tmp_path / "printed").write_bytes(text.encode())
            argv = ("cat", str(tmp_path / "printed")) if values else ("false",)
            keys = tuple(values) or ("token",)
            return CommandVault(os.environ), SecretEntry(name=name, backend="command", keys=keys, command=argv)

        return hold


def test_a_variable_beats_a_file_and_an_empty_one_is_not_set(tmp_path: Path) -> None:
    """CI services set a secret they do not have to an empty text."""
    (tmp_path / "token").write_text("from the file")
    file = {"MLREG_SECRET_FILE_PROD__TOKEN": str(tmp_path / "token")}
    secret = entry("prod", "token")
    assert EnvVault({"MLREG_SECRET_PROD__TOKEN": ""}).read(secret) is None
    assert EnvVault({"MLREG_SECRET_PROD__TOKEN": "", **file}).read(secret) == {"token": Secret("from the file")}
    assert EnvVault({"MLREG_SECRET_PROD__TOKEN": "x", **file}).read(secret) == {"token": Secret("x")}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """An absent file, one that never ends and one that is not text: each names the variable, and shows no content."""
    (tmp_path / "binary").write_bytes(b"canary-9d41\xff")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "binary", Path("/dev/zero")):
        with pytest.raises(SecretMissing) as missing:
            EnvVault({"MLREG_SECRET_FILE_PROD__TOKEN": str(path)}).read(entry("prod", "token"))
        assert "MLREG_SECRET_FILE_PROD__TOKEN" in missing.value.message
        assert CANARY not in f"{missing.value.message} {missing.value.cause}"


def test_a_pipe_that_nobody_writes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is a pipe costs at most the deadline."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("mlreg.adapters.vaults.env.DEADLINE_S", 0.2)
    with pytest.raises(SecretMissing):
        EnvVault({"MLREG_SECRET_FILE_PROD__TOKEN": str(tmp_path / "pipe")}).read(entry("prod", "token"))


def test_words_are_passed_as_they_are() -> None:
    """There is no shell: what a shell would obey reaches the command."""
    secret = python("import sys; print(sys.argv[1])", "$HOME; `id` && *")
    assert CommandVault(os.environ).read(secret) == {"token": Secret("$HOME; `id` && *")}


def test_standard_input_is_empty() -> None:
    """A command that asks gets no answer, and does not take mlreg's own input."""
    assert CommandVault(os.environ).read(python("import sys; print(repr(sys.stdin.read()))")) == {"token": Secret("''")}


@pytest.mark.parametrize(
    ("secret", "cause"),
    [
        (command("/no/such/program"), "does not start: No such file or directory"),
        (command(os.devnull), "does not start: Permission denied"),
        (python(f"import sys; print('{CANARY}', file=sys.stderr); print('{CANARY}'); sys.exit(3)"), "exit code 3"),
        (python("pass"), "prints nothing"),
        (python("print()"), "prints nothing"),
        (python(f"import os; os.write(1, b'{CANARY}\\xff')"), "not UTF-8"),
        (python(f"print('{CANARY}' + chr(0))"), "NUL"),
        (python(f"print('{CANARY}')", keys=("a", "b")), "must print a JSON object"),
        (python(f"print('[\"{CANARY}\"]')", keys=("a", "b")), "must print a JSON object"),
    ],
)
def test_a_useless_command(secret: SecretEntry, cause: str) -> None:
    """Each failure says why and how to see it, and shows nothing of what was printed."""
    with pytest.raises(SecretMissing) as missing:
        CommandVault(os.environ).read(secret)
    assert cause in str(missing.value.cause)
    assert str(missing.value.hint).startswith("run it yourself: ")
    assert CANARY not in f"{missing.value.message} {missing.value.cause}"


def test_only_its_keys_are_taken() -> None:
    """What else a command prints, and what is not a text, is left."""
    secret = python("import json; print(json.dumps(dict(a='1', b=2, c='3')))", keys=("a", "b"))
    assert CommandVault(os.environ).read(secret) == {"a": Secret("1")}


def test_a_command_that_does_not_end(tmp_path: Path) -> None:
    """It is killed at the deadline with what it started, and a child that holds its output is not waited for."""
    code = (
        "import subprocess, sys, pathlib, time;"
        "child = subprocess.Popen(['sleep', '60']);"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid));"
        "time.sleep(60)"
    )
    with pytest.raises(VaultUnavailable) as late:
        CommandVault(os.environ, timeout_s=1).read(python(code, str(tmp_path / "pid")))
    assert "did not end within 1 s" in late.value.message
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not alive(pid), 5, lambda: "the child lives on")


def alive(pid: int) -> bool:
    """Tell whether a process runs: one that has ended and that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
