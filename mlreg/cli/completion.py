"""`mlreg completion SHELL`: print the script that lets a shell complete mlreg."""

from typing import Annotated

import typer

from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import session
from mlreg.cli.shells import SHELLS
from mlreg.core.errors import Usage, did_you_mean

app = noun("Complete with TAB.")


@verb(app, "completion")
def show(
    ctx: typer.Context, shell: Annotated[str, typer.Argument(metavar="SHELL", help=f"{', '.join(SHELLS)}.")]
) -> None:
    """Print the script that lets TAB complete mlreg in a shell.

    Examples:
      source <(mlreg completion bash)
      mlreg completion zsh   # to be saved as _mlreg in a directory of $fpath
      mlreg completion fish  # to be saved as ~/.config/fish/completions/mlreg.fish
    """
    if shell not in SHELLS:
        known = f"there are scripts for {', '.join(SHELLS)}"
        raise Usage(f"there is no script for '{shell}'", cause=known, hint=did_you_mean(shell, SHELLS))
    session(ctx).out.text(SHELLS[shell].script)
