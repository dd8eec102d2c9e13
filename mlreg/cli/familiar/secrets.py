"""`mlreg secrets-manager secret ...`: ZenML's older way to `mlreg secret`."""

from mlreg.cli import secret
from mlreg.cli.grammar import noun

app = noun("The same as mlreg secret.")
app.add_typer(secret.app, name="secret")
