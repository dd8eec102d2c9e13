"""`mlreg help TOPIC`: what several commands share, told once."""

from typing import Annotated, Final

import typer

from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import session
from mlreg.core.errors import NotFound, did_you_mean

app = noun("What several commands share.")

REFERENCES: Final = """\
References name a model or one of its versions, in every command alike:

  churn                        the model; a@b/ where its name has an @
  churn/7, churn:7             version 7
  churn@champion               the version with that alias
  churn/Production             the version in that stage (Staging, Production, Archived, None)
  churn/latest                 the newest version
  models:/churn/7              the same as MLflow writes it; any of the above may begin with models:/
  prod::churn/7                in the stack prod

A reference that floats (an alias, a stage, latest) is resolved once, when the command begins; from then on the
command works with the number. MLflow lets several versions share a stage: looking then takes the highest, with a
warning; moving refuses and lists them.

A SOURCE, in `mlreg model register NAME SOURCE`, is a directory (./model, /path, ~/path: it is uploaded), a run
(runs:/RUN_ID/PATH, or the id or page of a run that has one model), another version (churn/7, churn@champion), a logged
model (m-ID, models:/m-ID), or a storage URI such as s3://bucket/path. A file: URI is a place as it stands, for stores
on this machine.
"""
SECRETS: Final = """\
A secret is a named set of values. The component file knows the names of its keys; the values are in a vault:

  keyring    the system keyring, one item for each secret (the default)
  command    a program of yours prints the value: pass, op, vault, aws, ...
  env        variables, looked at first, always: MLREG_SECRET_<NAME>__<KEY>, or MLREG_SECRET_FILE_<NAME>__<KEY> for a
             file that holds the value. Letters in capitals, '-' as '_'. So a CI job needs no keyring.

  mlreg secret register team -k username -k password         asks, and does not show what you type
  printf 'token=%s\\n' "$TOKEN" | mlreg secret register team -f -
  mlreg secret register gw --backend command -k token -- vault read -field=token secret/gw

{{team.password}} as the whole value of a tracker's field stands for one of them. It is looked up when a request needs
it, sent only to the hosts that the secret is bound to, and shown nowhere. A secret is bound to the hosts of the
trackers in your own file that name it, and to those given with --host; a project file never binds.
"""
FILES: Final = """\
MLREG_HOME, if set, is the directory of everything. Else:

  ~/.config/mlreg/components.yaml      trackers, stacks and the names of secrets (XDG_CONFIG_HOME), mode 0600
  ~/.local/share/mlreg/stores/         local stores of trackers without a URI (XDG_DATA_HOME)
  ~/.cache/mlreg/components.json       what the first said when it was last read, for a quick start (XDG_CACHE_HOME)
  ~/.local/state/mlreg/servers/        state and log of each running local server (XDG_STATE_HOME)
  mlreg.yaml                           a project's trackers and stacks, in the same form

The component file is yours to edit: mlreg changes only the lines that it must, and keeps comments and layout. It is
written whole or not at all, under a lock.

mlreg.yaml is looked for from the current directory upwards, to the root of the repository. It may define trackers and
stacks and choose the active stack; it may not hold secrets, literal credentials, or anything that weakens TLS. What
it shares a name with in your file must be the same. --no-project leaves it out.
"""
ENVIRONMENT: Final = """\
  MLREG_HOME                     directory of all of mlreg's files
  MLREG_STACK                    the stack to use in this shell
  MLREG_OUTPUT, MLREG_TIMEOUT    as --output and --timeout
  MLREG_NO_PROJECT               ignore mlreg.yaml
  MLREG_KEYRING_TIMEOUT          seconds that the keyring may take (5)
  MLREG_SECRET_BACKEND           where new secrets go
  MLREG_SECRET_<NAME>__<KEY>     a secret's value; MLREG_SECRET_FILE_<NAME>__<KEY> names a file with it
  MLREG_SECRET_HOSTS_<NAME>      hosts that the secret may go to, separated by commas
  MLREG_ALLOW_HTTP               send MLFLOW_TRACKING_* credentials over http
  MLREG_NO_CI                    as --no-ci; see: mlreg help ci
  CI                             never ask
  NO_COLOR, FORCE_COLOR          as everywhere

With no tracker at all, MLflow's own settings count: MLFLOW_TRACKING_URI, _USERNAME, _PASSWORD, _TOKEN, _INSECURE_TLS,
_SERVER_CERT_PATH, _CLIENT_CERT_PATH, MLFLOW_REGISTRY_URI, MLFLOW_WORKSPACE, ~/.mlflow/credentials, DATABRICKS_*.

A flag beats the environment, which beats the project's file, which beats yours. `mlreg status` shows who decided.
"""
EXIT_CODES: Final = """\
    0  done; an empty list is done
    1  failed
    2  usage, or this server cannot do that
    3  not found
    4  not allowed: credentials, permission, missing secret
    5  the component file is unreadable, locked or not writable
    6  unreachable or timed out
    7  conflict: exists already, in use, moved meanwhile
    8  a check said no
    9  a check could not tell: also a refusal
   75  keyring unavailable or locked
  129  terminal closed  130  interrupted  141  broken pipe  143  terminated

`mlreg run` ends with its command's code; 125 is a failure of mlreg itself there, 126 a command that cannot be executed,
127 one that is not there, and 128 and its number a signal, where mlreg has stayed beside the command.
"""
OUTPUT: Final = """\
What a command finds or makes goes to stdout, what it has to say goes to stderr.

  -o table    for people: drawn on a terminal, plain and complete in a pipe (the default)
  -o json     an array for lists, an object for one thing; field names do not change
  -o yaml     the same
  -o csv, tsv a header and one line each
  -o name     names only, one a line: churn, churn/7, churn@champion; of a change to many, those that failed
  -o markdown a table for a pull request or a wiki

--fields a,b chooses fields. -q says nothing but warnings and errors. On failure stdout is empty; with -o json stderr
carries {"error": {"code", "message", "cause", "hint", "exit"}}.
"""
CI: Final = """\
In GitHub Actions (GITHUB_ACTIONS=true) `mlreg model register`, `promote`, `rollback` and `compare` append a table to
the job's summary and set outputs for the steps that follow:

  name, version     the model and the version that was registered, promoted, restored, or compared last
  ref               both: churn/7
  previous          the version that was in its place before; empty if there was none
  changed           true or false; with --dry-run always false

`mlreg run`, where it opens a run, sets run_id, run_url and experiment_id before its command starts.

A failure of any command is shown among the annotations too, except with -o json. What a server says never begins a line
that GitHub would obey: `::` and `##[` are shown as `\\x3a:` and `\\x23#[` there, in JSON and YAML as escapes.

--dotenv FILE writes the same as MLREG_NAME, MLREG_VERSION, MLREG_REF, MLREG_PREVIOUS and MLREG_CHANGED, one a line, as
GitLab's `artifacts: reports: dotenv` reads it; a name that GitLab would misread is left out with a warning.

A file that cannot be written is a warning: what is done is done. --no-ci turns all of this off but the escapes.
"""
GATES: Final = """\
A gate is one or more conditions that a version must meet before `mlreg model promote` moves it:

  mlreg model promote churn/7 @champion --require 'metrics.auc >= holder.metrics.auc + 0.005' --require signature

Quote each condition: the shell takes > and < for itself. A condition is one comparison, >= > <= < == or !=; there is
no and, or, not: repeat --require, and all must be true. It may calculate with + - * / and parentheses.

  metrics.KEY           the last value in the version's run or logged model
  params.KEY, tags.KEY  the run's parameter, the version's tag: a text, read as a number beside a number
  run.status            "FINISHED", "FAILED", ...
  signature             alone: the version has a signature
  age                   since the version was made: 30s, 90min (or 90m), 12h, 7d, 2w
  holder.metrics.KEY    the same of the version that holds the target now; also holder.params, tags, run.status, age

A KEY has letters, digits, '_' and '.'; any other is quoted: metrics."val/latency". Put spaces around - and / to
calculate. Texts stand in quotes and are compared with == and != only. Numbers are exact decimals.

A false condition is exit 8. What cannot be told is exit 9, and a refusal too: a missing metric, parameter, tag, run or
holder, NaN, an infinity, a text that is no number, a division by zero, a failed lookup, a deleted run, a run and a
logged model or datasets that disagree (metrics."auc (test)" names one), a logged model's metric that the run which
logged it does not confirm. If both happen it is 8. Nothing has moved in either case. A target without a holder needs
--allow-first, which also passes what reads the holder, provided that the version has what the condition reads of it.
--force moves in spite of it all, and is recorded.

Gates with a name, and the targets that they protect, stand in components.yaml or in a project's mlreg.yaml:

  gates:
    release: ['metrics.auc >= 0.9', 'metrics.auc >= holder.metrics.auc']
  protected:
    '@champion': release
    Production: release

Only `mlreg model promote` moves a protected target, by its gate, whichever verb is used; a former holder may come back
by `mlreg model rollback`. The files add up: a project can make a gate tighter, never looser. All of this is checked by
mlreg, not by the server: other tools, and whoever edits the files, can still move an alias.
"""
TOPICS: Final = {
    "references": REFERENCES,
    "secrets": SECRETS,
    "files": FILES,
    "environment": ENVIRONMENT,
    "exit-codes": EXIT_CODES,
    "output": OUTPUT,
    "ci": CI,
    "gates": GATES,
}


@verb(app, "help")
def show(
    ctx: typer.Context,
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="One of the topics.")] = None,
) -> None:
    """Explain what commands share: references, secrets, files, ...

    Examples:
      mlreg help
      mlreg help references
    """
    here = session(ctx)
    if topic is None:
        here.out.text("Topics: " + ", ".join(TOPICS) + "\nCommands explain themselves: mlreg COMMAND --help\n")
        return
    if topic not in TOPICS:
        known = f"the topics are {', '.join(TOPICS)}"
        raise NotFound(f"there is no topic '{topic}'", cause=known, hint=did_you_mean(topic, TOPICS))
    here.out.text(TOPICS[topic])
