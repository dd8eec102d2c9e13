"""`mlreg model`: the table of its verbs; each is a function in a module of its purpose."""

from mlreg.cli.familiar import MODEL_VERBS
from mlreg.cli.grammar import noun, verb
from mlreg.cli.model import aliases, browse, edit, move, removal, tagging, transfer

app = noun("Registered models and their versions.", familiar=MODEL_VERBS)
alias = noun("The aliases of a model: set, delete, list.")
tag = noun("The tags of a model or a version: set, delete.")

verb(app, "list")(browse.list_models)
verb(app, "show")(browse.show)
verb(app, "versions")(browse.versions)
verb(app, "resolve")(browse.resolve)
verb(app, "create", writes=True)(edit.create)
verb(app, "register", writes=True)(transfer.register)
verb(app, "transition", writes=True)(move.transition)
verb(app, "update", writes=True)(edit.update)
verb(app, "rename", writes=True)(edit.rename)
verb(app, "delete", writes=True)(removal.delete)

verb(alias, "set", writes=True)(aliases.set_alias)
verb(alias, "delete", writes=True)(aliases.delete_alias)
verb(alias, "list")(aliases.list_aliases)
app.add_typer(alias, name="alias")

verb(tag, "set", writes=True)(tagging.set_tags)
verb(tag, "delete", writes=True)(tagging.delete_tags)
app.add_typer(tag, name="tag")
