"""`mlreg model`: the table of its verbs; each is a function in a module of its purpose."""

from mlreg.cli.grammar import noun, verb
from mlreg.cli.model import aliases, browse, edit, move, transfer

app = noun("Registered models and their versions.")
alias = noun("The aliases of a model: set, delete, list.")

verb(app, "list")(browse.list_models)
verb(app, "show")(browse.show)
verb(app, "versions")(browse.versions)
verb(app, "create")(edit.create)
verb(app, "register")(transfer.register)
verb(app, "transition")(move.transition)

verb(alias, "set")(aliases.set_alias)
verb(alias, "delete")(aliases.delete_alias)
verb(alias, "list")(aliases.list_aliases)
app.add_typer(alias, name="alias")
