"""The README's example from training to promotion and back is run as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.cli_runner import CHECKOUT, Mlreg
from tests.servers import Server

README = (CHECKOUT / "README.md").read_text()


def blocks(heading: str, language: str) -> list[str]:
    """The blocks of a language in one section of the README."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def test_from_training_to_promotion_and_back(mlreg: Mlreg, plain_server: Server, tmp_path: Path) -> None:
    """Every command exits with 0; in the end the first version is the champion again, and is what was downloaded."""
    heading = "From training to promotion, and back"
    (script,) = blocks(heading, "python")
    (commands,) = blocks(heading, "sh")
    (tmp_path / "train.py").write_text(script)
    program = tmp_path / "bin" / "mlreg"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mlreg "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tmp_path,
        env={
            **mlreg.env,
            "PATH": f"{program.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MLFLOW_TRACKING_URI": plain_server.uri,
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "churn@champion is 1 again, was 2" in done.stderr
    assert (tmp_path / "served" / "MLmodel").is_file()
