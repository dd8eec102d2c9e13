"""The shortest way in: who may come in is asked of the server, the password of the person, and both are tried first."""

from collections.abc import Mapping
from dataclasses import replace as with_fields

from mlreg.cli import prompt, views
from mlreg.cli.session import Session
from mlreg.core import commands, credentials, secrets, tracker_rules, trackers
from mlreg.core.entries import CREDENTIAL_FIELDS
from mlreg.core.errors import MlregError, NoServer, Unauthenticated, Usage
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry, Tracker

PROBE_S = 3.0
TRY_S = 20.0

# What MLflow's settings say of a server beside its address and credentials.
_SETTINGS = ("tracking_insecure_tls", "tracking_ca_cert", "tracking_client_cert", "workspace", "allow_http", "no_auth")


def register(here: Session, tracker: Tracker, *, from_env: bool = False, replace: bool = False) -> None:
    """Register a tracker, having found out how to log in where that was not said, and show it."""
    known = complete(here, tracker, from_env=from_env)
    runtime = here.runtime
    outcome = runtime.change(
        lambda components: trackers.register(components, known, replace=replace, machine=runtime.machine)
    )
    active = runtime.components.active_stack == known.name
    here.out.result(views.tracker(known, active=active), known.name, outcome)


def complete(here: Session, tracker: Tracker, *, from_env: bool) -> Tracker:
    """Return a tracker that says how to log in, if that can be found out; what was found out is in the keyring then.

    With `from_env` it comes from MLflow's own settings; else, where a person is at the terminal, from the server's
    answer to a request without credentials and from what the person types. Raises what the server's answer means.
    """
    if from_env:
        return _from_settings(here, tracker)
    unsaid = tracker.kind == "server" and tracker.auth == "none" and not tracker.no_auth
    if not unsaid or not here.may_ask or here.runtime.choices.dry_run:
        return tracker
    # What else is wrong is said before anybody types a password.
    likely = commands.with_credentials(tracker, "tracking_token")
    tracker_rules.check(likely, here.runtime.machine)
    return _ask(here, tracker)


def _ask(here: Session, tracker: Tracker) -> Tracker:
    here.out.say(f"asking {tracker.tracking_uri} whether it wants a password")
    try:
        here.runtime.connect_once(with_fields(tracker, no_auth=True), PROBE_S).server()
    except Unauthenticated:
        pass
    except MlregError as error:
        likely = commands.with_credentials(tracker, "tracking_token")
        error.hint = f"{error.hint or 'is the address right?'}; to register it all the same: " + (
            commands.register_tracker(likely)
        )
        raise
    else:
        here.out.say("it asks for none")
        return with_fields(tracker, no_auth=True)
    otherwise = commands.register_tracker(commands.with_credentials(tracker, "tracking_token"))
    user = prompt.shown(here, "user (empty if you have a token)", otherwise)
    if user:
        values = {"username": Secret(user), "password": prompt.hidden(here, "password", otherwise)}
    else:
        values = {"token": prompt.hidden(here, "token", otherwise)}
    return _store(here, tracker, values)


def _from_settings(here: Session, tracker: Tracker) -> Tracker:
    """Take from MLflow's variables and ~/.mlflow/credentials what the command line leaves open."""
    found = here.runtime.mlflow_settings()
    if found is None:
        raise NoServer(
            "MLflow's settings name no server",
            cause="MLFLOW_TRACKING_URI is not set",
            hint="export MLFLOW_TRACKING_URI",
        )
    if tracker.kind == found.kind == "server" and tracker.tracking_uri.rstrip("/") != found.tracking_uri.rstrip("/"):
        raise Usage(
            "MLFLOW_TRACKING_URI is another server",
            cause=f"it is {found.tracking_uri}, and its credentials are for it",
            hint=f"mlreg tracker register {tracker.name} --from-env",
        )
    settings = {field: getattr(found, field) for field in _SETTINGS if not getattr(tracker, field)}
    named = with_fields(
        tracker,
        tracking_uri=found.tracking_uri,
        registry_uri=found.registry_uri,
        databricks_host=found.databricks_host,
        **settings,
    )
    literals = {field: value for field in CREDENTIAL_FIELDS if isinstance(value := getattr(found, field), Secret)}
    values = {credentials.key_of(field): value for field, value in literals.items()}
    return _store(here, named, values, fields=tuple(literals), tried=False) if values else named


def _store(
    here: Session,
    tracker: Tracker,
    values: Mapping[str, Secret],
    *,
    fields: tuple[str, ...] = (),
    tried: bool = True,
) -> Tracker:
    """Try the credentials; when the server takes them, store them as the tracker's secret and name them."""
    fields = fields or tuple(f"tracking_{key}" for key in values)
    if tried:
        literal = with_fields(tracker, **{f"tracking_{key}": value for key, value in values.items()})  # type: ignore[arg-type]
        info = here.runtime.connect_once(literal, TRY_S).server()
        here.out.say(f"welcome{f', {info.user}' if info.user else ''}")
    runtime = here.runtime
    known = runtime.components
    ours = set(secrets.users(known, tracker.name)) <= {tracker.name}
    entry = SecretEntry(name=tracker.name, backend=runtime.secret_backend.value, keys=())
    outcome = secrets.register(known, runtime.keeper, runtime.change, entry, values, replace=ours)
    here.out.say(outcome.said)
    return commands.with_credentials(tracker, *fields)
