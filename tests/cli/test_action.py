"""action.yml in a job: it installs mlreg, runs a command, sets outputs, and never takes an input for a script."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture import test_documents
from tests.cli_runner import CHECKOUT, clean_environment
from tests.github_runner import Runner, obeyed
from tests.servers import Server

# A Python that installs nothing: it notes what it was told, and makes the mlreg of this checkout run.
PYTHON = """#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip "*) printf '%s\\n' "$@" >>"{told}" && printf '#!/bin/sh\\nexec "{real}" -m mlreg "$@"\\n' \\
    >"${{0%/*}}/mlreg" && chmod +x "${{0%/*}}/mlreg" ;;
  *) exec "{real}" "$@" ;;
esac
"""
HOSTILE = "$(touch pwned) `touch pwned`; touch pwned #\" && touch pwned | ' ${{ secrets.X }} \\"


@pytest.fixture
def job(tmp_path: Path) -> Runner:
    """A job in an empty directory, with mlreg's home of its own."""
    python = tmp_path / "python3"
    python.write_text(PYTHON.format(real=sys.executable, told=tmp_path / "told"))
    python.chmod(0o755)
    env = {**clean_environment(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    env["PATH"] = f"{tmp_path}{os.pathsep}{env['PATH']}"
    return Runner(tmp_path, env)


def tracker(job: Runner) -> dict[str, str]:
    """The tracker `lab`, as this job's mlreg knows it."""
    shown = subprocess.run(
        [sys.executable, "-m", "mlreg", "tracker", "show", "lab", "-o", "json"],
        env=job.env,
        capture_output=True,
        check=True,
        timeout=60,
    )
    found: dict[str, str] = json.loads(shown.stdout)
    return found


def test_no_script_has_an_expression_in_it() -> None:
    """What a workflow hands in reaches the scripts through their environment."""
    action = yaml.safe_load((CHECKOUT / "action.yml").read_text())
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_a_model_is_registered(job: Runner, plain_server: Server) -> None:
    """The command's results are the action's outputs; a second use finds mlreg installed, and so does a later step."""
    job.env["MLFLOW_TRACKING_URI"] = plain_server.uri
    name = f"action-{os.getpid()}"
    assert job.use(CHECKOUT, command=f"model create {name}")["version"] == ""
    given = job.use(CHECKOUT, command=f"model register {name}", args="s3://bucket/churn\n--alias\nchampion\n")
    assert given == {"name": name, "ref": f"{name}/1", "version": "1", "previous": "", "changed": "true"}
    assert (job.root / "told").read_text().splitlines()[-1] == str(CHECKOUT)
    assert (job.root / "told").read_text().count("install") == 1
    step = {"shell": "bash", "run": f"mlreg model resolve {name}@champion"}
    job.step(step, {}, CHECKOUT)
    assert job.log.endswith(f"models:/{name}/1\n")


def test_words_are_split_as_in_a_shell(job: Runner) -> None:
    """Quotes keep words together; a line of `args` is one argument, whatever is in it."""
    job.use(CHECKOUT, command="tracker register lab http://127.0.0.1:9 --no-auth --description 'two  words'")
    assert tracker(job)["description"] == "two  words"
    job.use(CHECKOUT, command="tracker update lab", args='--description\n  "as it is" \n\n')
    assert tracker(job)["description"] == '  "as it is" '


@pytest.mark.parametrize(
    "inputs", [{"command": HOSTILE}, {"command": "status `touch pwned`; touch pwned"}, {"version": HOSTILE}]
)
def test_nothing_is_run_that_an_input_says(job: Runner, inputs: dict[str, str]) -> None:
    """A command that would be a script in a shell is words for mlreg, which refuses them."""
    with pytest.raises(subprocess.CalledProcessError):
        job.use(CHECKOUT, **inputs)
    assert not (job.root / "pwned").exists()
    assert [command.name for command in obeyed(job.log)] == ["error"]


def test_arguments_are_data(job: Runner) -> None:
    """What would be a script arrives as it is."""
    job.use(CHECKOUT, command="tracker register lab http://127.0.0.1:9 --no-auth", args=f"--description\n{HOSTILE}")
    assert not (job.root / "pwned").exists()
    assert tracker(job)["description"] == HOSTILE


def scripts(found: Any) -> Iterator[str]:
    """The shell lines in a workflow, and the commands that it hands to this action."""
    if isinstance(found, list):
        for each in found:
            yield from [each] if isinstance(each, str) else scripts(each)
    if isinstance(found, dict):
        if found.get("uses", "").startswith("OWNER/mlreg@"):
            assert found["with"].keys() <= {"command", "args"}
            yield f"mlreg {found['with']['command']} {shlex.join(found['with']['args'].splitlines())}"
        for each in found.values():
            yield from [each] if isinstance(each, str) else scripts(each)


def test_the_readmes_workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are YAML, use inputs that there are, and every command of mlreg in them parses."""
    blocks = re.findall(r"```yaml\n(.*?)```", (CHECKOUT / "README.md").read_text(), re.DOTALL)
    lines = [line for block in blocks for line in scripts(yaml.safe_load(block)) if line.startswith("mlreg ")]
    assert len(lines) == 6
    for line in lines:
        test_documents.test_examples_parse(re.sub(r"\$\{\{.*?\}\}", "x/1", line), tmp_path, monkeypatch)


def test_a_release_is_asked_for(job: Runner) -> None:
    """`version` names a release; without a command nothing is run."""
    job.use(CHECKOUT, version="1.2.0")
    assert (job.root / "told").read_text().splitlines()[-1] == "mlreg==1.2.0"
    job.step({"shell": "bash", "run": "mlreg --version"}, {}, CHECKOUT)
