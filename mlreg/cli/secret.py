"""`mlreg secret`: keep credentials in the system keyring."""

from typing import Annotated

import typer

from mlreg.cli import secret_input, views
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import Force, Replace, session
from mlreg.core import secrets

app = noun("Credentials, kept in the system keyring.", synonyms={"create": "register", "describe": "show"})

Name = Annotated[str, typer.Argument(metavar="NAME", help="The secret's name.")]


@verb(app, "register", writes=True, context_settings={"ignore_unknown_options": True})
def register(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="NAME [--KEY=VALUE]...", help="The secret's name; values.")],
    key: Annotated[
        list[str] | None, typer.Option("--key", "-k", metavar="KEY", help="Ask for this key, hidden.")
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="Read dotenv, YAML or JSON; - is standard input.")
    ] = None,
    replace: Replace = False,
) -> None:
    """Store a secret. On a terminal its values are asked for and not shown.

    Examples:
      mlreg secret register team -k username -k password
      printf 'username=ada\\npassword=%s\\n' "$PASSWORD" | mlreg secret register team -f -
    """
    here = session(ctx)
    options = [spelling for param in ctx.command.get_params(ctx) for spelling in param.opts if spelling[:2] == "--"]
    given = secret_input.split(words, options)
    values = secret_input.collect(here, given, key or (), file)
    backend = "keyring"
    outcome = secrets.register(
        here.runtime.store, here.runtime.vault(backend), backend, given.name, values, replace=replace
    )
    known = here.runtime.store.read()
    record = views.secret(known.secrets[given.name], secrets.users(known, given.name))
    here.out.result(record, given.name, outcome)


@verb(app, "list")
def list_secrets(ctx: typer.Context) -> None:
    """List the secrets and their keys, never a value.

    Examples:
      mlreg secret list
    """
    here = session(ctx)
    known = here.runtime.store.read()
    rows = (views.secret(item, secrets.users(known, item.name)) for item in known.secrets.values())
    here.out.many(rows, views.SECRET_COLUMNS, views.name_of, "no secrets yet: mlreg secret register NAME -k KEY")


@verb(app, "show")
def show(ctx: typer.Context, name: Name) -> None:
    """Show a secret's keys and who uses it, never a value.

    Examples:
      mlreg secret show team
    """
    here = session(ctx)
    known = here.runtime.store.read()
    here.out.one(views.secret(secrets.find(known, name), secrets.users(known, name)), views.name_of)


@verb(app, "delete", writes=True)
def delete(ctx: typer.Context, name: Name, force: Force = False) -> None:
    """Delete a secret and its values.

    Examples:
      mlreg secret delete team
    """
    here = session(ctx)
    entry = secrets.find(here.runtime.store.read(), name)
    outcome = secrets.delete(here.runtime.store, here.runtime.vault(entry.backend), name, force=force)
    here.out.result({"name": name, "deleted": True}, name, outcome)
