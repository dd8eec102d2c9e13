"""`mlreg secret`: keep credentials in the system keyring, or read them where something else keeps them."""

from typing import Annotated

import typer

from mlreg.cli import prompt, secret_fill, secret_input, views
from mlreg.cli.grammar import noun, program, verb
from mlreg.cli.options import Force, Replace, session
from mlreg.cli.secret_input import Sources
from mlreg.cli.session import Session
from mlreg.core import secret_hosts, secret_rules, secrets
from mlreg.core.errors import Usage
from mlreg.core.references import Placeholder
from mlreg.core.types import Outcome, SecretEntry

app = noun("Credentials, kept in the system keyring.", synonyms={"create": "register", "describe": "show"})

Name = Annotated[str, typer.Argument(metavar="NAME", help="The secret's name.")]
Words = Annotated[list[str], typer.Argument(metavar="NAME [--KEY=VALUE]...", help="The secret's name; values.")]
Keys = Annotated[list[str] | None, typer.Option("--key", "-k", metavar="KEY", help="Ask for this key, hidden.")]
FromEnv = Annotated[
    list[str] | None, typer.Option("--from-env", metavar="KEY=VAR", help="Take a value from this variable.")
]
FromFile = Annotated[
    list[str] | None, typer.Option("--from-file", metavar="KEY=PATH", help="Take a value from this file.")
]
File = Annotated[
    str | None, typer.Option("--file", "-f", metavar="FILE", help="Read dotenv, YAML or JSON; - is standard input.")
]
Hosts = Annotated[list[str] | None, typer.Option("--host", metavar="HOST", help="A host that it may be sent to.")]

# Words such as --password=... name keys, which Typer cannot know.
_FREE_KEYS = {"ignore_unknown_options": True}


@verb(app, "register", writes=True, program=True, context_settings=_FREE_KEYS)
def register(
    ctx: typer.Context,
    words: Words,
    key: Keys = None,
    from_env: FromEnv = None,
    from_file: FromFile = None,
    file: File = None,
    backend: Annotated[
        str | None, typer.Option("--backend", metavar="BACKEND", help="keyring, env or command (MLREG_SECRET_BACKEND).")
    ] = None,
    host: Hosts = None,
    replace: Replace = False,
) -> None:
    """Store a secret. On a terminal its values are asked for and not shown.

    Examples:
      mlreg secret register team -k username -k password
      printf 'username=ada\\npassword=%s\\n' "$PASSWORD" | mlreg secret register team -f -
      mlreg secret register gw --backend command -k token -- vault read -field=token secret/gw
    """
    here, command = session(ctx), "mlreg secret register"
    given = secret_input.split(words, _options(ctx), command)
    known = here.runtime.components
    where = backend or _usual_backend(here, given.name, bool(program(ctx)))
    here.runtime.vault(where)  # refuses one that does not exist, before anybody is asked for anything
    read_only = where in secret_rules.READ_ONLY
    wanted = SecretEntry(
        name=given.name,
        backend=where,
        keys=tuple(key or ()) if read_only else (),
        hosts=tuple(map(secret_hosts.parse_host, host or ())),
        command=program(ctx),
    )
    sources = Sources(ask=() if read_only else key or (), variables=from_env or (), files=from_file or (), file=file)
    secret_rules.check(wanted, given.values)
    values = secret_input.collect(here, given, sources, command)
    if not values and not read_only:
        values = secret_input.ask_for_all(here, given.name, command)
    _show(
        here,
        given.name,
        secrets.register(known, here.runtime.keeper, here.runtime.change, wanted, values, replace=replace),
    )


@verb(app, "update", writes=True, program=True, context_settings=_FREE_KEYS)
def update(
    ctx: typer.Context,
    words: Words,
    key: Keys = None,
    from_env: FromEnv = None,
    from_file: FromFile = None,
    file: File = None,
    unset: Annotated[list[str] | None, typer.Option("--unset", metavar="KEY", help="Take this key away.")] = None,
    host: Hosts = None,
    unset_host: Annotated[
        list[str] | None, typer.Option("--unset-host", metavar="HOST", help="A host that it is sent to no more.")
    ] = None,
) -> None:
    """Add, change or remove keys of a secret; what is not named stays.

    Examples:
      mlreg secret update team -k password
      mlreg secret update team --host mlflow.example.com --unset old_token
    """
    here, command = session(ctx), "mlreg secret update"
    given = secret_input.split(words, _options(ctx), command)
    entry = secrets.find(here.runtime.components, given.name)
    read_only = entry.backend in secret_rules.READ_ONLY
    revision = secret_rules.Revision(
        keys=tuple(key or ()) if read_only else (),
        unset=tuple(unset or ()),
        hosts=tuple(map(secret_hosts.parse_host, host or ())),
        unset_hosts=tuple(map(secret_hosts.parse_host, unset_host or ())),
        command=program(ctx),
    )
    sources = Sources(ask=() if read_only else key or (), variables=from_env or (), files=from_file or (), file=file)
    secret_rules.check(entry, given.values)
    values = secret_input.collect(here, given, sources, command)
    outcome = secrets.update(
        here.runtime.components, here.runtime.keeper, here.runtime.change, given.name, values, revision
    )
    _show(here, given.name, outcome)


@verb(app, "list")
def list_secrets(ctx: typer.Context) -> None:
    """List the secrets and their keys, never a value.

    Examples:
      mlreg secret list
    """
    here = session(ctx)
    known = here.runtime.components
    rows = (views.secret(item, secrets.users(known, item.name)) for item in known.secrets.values())
    here.out.many(rows, views.SECRET_COLUMNS, views.name_of, "no secrets yet: mlreg secret register NAME -k KEY")


@verb(app, "show")
def show(ctx: typer.Context, name: Name) -> None:
    """Show a secret's keys, its hosts and who uses it, never a value.

    Examples:
      mlreg secret show team
    """
    here = session(ctx)
    known = here.runtime.components
    here.out.one(views.secret(secrets.find(known, name), secrets.users(known, name)), views.name_of)


@verb(app, "get")
def get(
    ctx: typer.Context,
    name: Name,
    key: Annotated[str, typer.Argument(metavar="KEY", help="One of its keys.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Yes, print the value.")] = False,
) -> None:
    """Print one value, for a script or for the eyes.

    Examples:
      mlreg secret get team password --reveal
    """
    here = session(ctx)
    if not reveal:
        raise Usage("this would print the value of a secret", hint=f"mlreg secret get {name} {key} --reveal")
    placeholder = Placeholder(name, key)
    if here.runtime.values.in_environment(placeholder) is None:
        secrets.find(here.runtime.components, name)
    value = here.runtime.values.value(placeholder)
    here.out.value({"name": name, "key": key, "value": value.reveal()}, "value")


@verb(app, "rename", writes=True)
def rename(
    ctx: typer.Context, name: Name, new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")]
) -> None:
    """Rename a secret; the placeholders in your trackers follow.

    Examples:
      mlreg secret rename team team-eu
    """
    here = session(ctx)
    outcome = secrets.rename(here.runtime.components, here.runtime.keeper, here.runtime.change, name, new)
    _show(here, new, outcome)


@verb(app, "delete", writes=True)
def delete(ctx: typer.Context, name: Name, force: Force = False) -> None:
    """Delete a secret and its values. This cannot be undone.

    Examples:
      mlreg secret delete team --yes
    """
    here = session(ctx)
    known = here.runtime.components
    secrets.check_unused(known, name, force=force)
    prompt.confirm(here, f"Delete the secret '{name}' and its values for good?")
    outcome = secrets.delete(known, here.runtime.keeper, here.runtime.change, name, force=force)
    here.out.result({"name": name, "deleted": True}, name, outcome)


@verb(app, "fill", writes=True)
def fill(
    ctx: typer.Context,
    stack: Annotated[str | None, typer.Argument(metavar="[STACK]", help="A stack; else the active one.")] = None,
    file: File = None,
) -> None:
    """Give values to all that a stack's trackers need and do not have.

    Examples:
      mlreg secret fill prod
      mlreg secret fill prod -f prod.env
    """
    secret_fill.fill(session(ctx), stack, file)


def _options(ctx: typer.Context) -> list[str]:
    return [spelling for param in ctx.command.get_params(ctx) for spelling in param.opts if spelling[:2] == "--"]


def _usual_backend(here: Session, name: str, has_program: bool) -> str:
    """The one that was chosen for this secret before, else what the words say, else the person's default."""
    known = here.runtime.components.secrets.get(name)
    if known is not None:
        return known.backend
    return "command" if has_program else here.runtime.secret_backend.value


def _show(here: Session, name: str, outcome: Outcome) -> None:
    known = here.runtime.components
    entry = known.secrets.get(name)  # not there yet in a dry run
    record = views.secret(entry, secrets.users(known, name)) if entry else {"name": name}
    here.out.result(record, name, outcome)
