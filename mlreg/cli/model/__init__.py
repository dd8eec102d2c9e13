"""`mlreg model`: the table of its verbs; each is a function in a module of its purpose."""

from mlreg.cli.grammar import noun, verb
from mlreg.cli.model import aliases, browse, edit, move, transfer

app = noun("Registered models and their versions.")
alias = noun("The aliases of a model: set, delete, list.")

verb(app, "list")(browse.list_models)
verb(app, "show")(browse.show)
verb(app, "versions")(browse.versions)
verb(app, "create", writes=True)(edit.create)
verb(app, "register", writes=True)(transfer.register)
verb(app, "transition", writes=True)(move.transition)

verb(alias, "set", writes=True)(aliases.set_alias)
verb(alias, "delete", writes=True)(aliases.delete_alias)
verb(alias, "list")(aliases.list_aliases)
app.add_typer(alias, name="alias")
