"""`mlreg model`: the table of its verbs. Each is a function in a module of its purpose, imported when it is called."""

from mlreg.cli.familiar import MODEL_VERBS
from mlreg.cli.grammar import lazy_noun

_HERE = "mlreg.cli.model"

alias = lazy_noun(
    "The aliases of a model: set, delete, list.",
    reads={"list": f"{_HERE}.aliases:list_aliases"},
    writes={"set": f"{_HERE}.aliases:set_alias", "delete": f"{_HERE}.aliases:delete_alias"},
)
tag = lazy_noun(
    "The tags of a model or a version: set, delete.",
    reads={},
    writes={"set": f"{_HERE}.tagging:set_tags", "delete": f"{_HERE}.tagging:delete_tags"},
)
app = lazy_noun(
    "Registered models and their versions.",
    reads={
        "list": f"{_HERE}.browse:list_models",
        "show": f"{_HERE}.browse:show",
        "versions": f"{_HERE}.browse:versions",
        "holders": f"{_HERE}.holders:show_holders",
        "resolve": f"{_HERE}.browse:resolve",
        "verify": f"{_HERE}.files:verify",
        "history": f"{_HERE}.rollback:history",
        "compare": f"{_HERE}.compare:compare",
        "plot": f"{_HERE}.plot:plot",
        "wait": f"{_HERE}.watch:wait",
        "open": f"{_HERE}.watch:open_page",
    },
    writes={
        "create": f"{_HERE}.edit:create",
        "register": f"{_HERE}.transfer:register",
        "promote": f"{_HERE}.promote:promote",
        "rollback": f"{_HERE}.rollback:rollback",
        "prune": f"{_HERE}.prune:prune",
        "download": f"{_HERE}.files:download",
        "transition": f"{_HERE}.move:transition",
        "alias": f"{_HERE}:alias",
        "tag": f"{_HERE}:tag",
        "update": f"{_HERE}.edit:update",
        "rename": f"{_HERE}.edit:rename",
        "delete": f"{_HERE}.removal:delete",
    },
    familiar=MODEL_VERBS,
)
