"""What each argument and option completes to: decided here by its metavar, or by its option, below a command or not.

`"NAME"` would speak for every command, `"tracker NAME"` speaks for those of `tracker`, `"tracker register NAME"` for
one. An option's own entry counts before its metavar's, then the longest. Of `a|b` the second may only stand behind the
first. What nothing here fits fails the tests: whoever adds an argument decides.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from mlreg.cli.render import FORMATS
from mlreg.cli.shells import SHELLS
from mlreg.cli.topics import TOPICS
from mlreg.cli.voice import COLORS
from mlreg.core.exports import FORMS
from mlreg.core.models.sides import KINDS as COMPARED
from mlreg.core.references import STAGES
from mlreg.runtime import VAULTS

NOTHING: Final = "-"  # free text, numbers, new names: mlreg has nothing to offer


def choices(words: Sequence[str]) -> str:
    """The kind of a value that is one of these words."""
    return "=" + ",".join(words)


KINDS: Final = {
    # what the names cache knows
    "tracker NAME": "tracker",
    "model-registry NAME": "tracker",
    "TRACKER": "tracker",
    "--tracker": "tracker",
    "stack NAME": "stack",
    "doctor NAME": "stack",
    "STACK": "stack",
    "--stack": "stack",
    "secret NAME": "secret",
    "secret update NAME [--KEY=VALUE]": "secret",
    "secret KEY": "key",
    "KEY=VAR": "key=",
    "KEY=PATH": "key=file",
    "USER": "placeholder",
    "PASSWORD": "placeholder",
    "TOKEN": "placeholder",
    "SECRET": "placeholder",
    "--databricks-client-id": "placeholder",
    "model NAME": "model",
    "--confirm": "model",
    "--model-name": "model",
    "[NAME [VERSION [STAGE]]]": "model",
    "REF": "ref",
    "NAME@ALIAS": "aliased",
    "rollback NAME@ALIAS": "pointer",
    "history NAME": "pointer",
    "--to": "number",
    "--expect-current": "number",
    "ALIAS": "alias",
    "VERSION": "number",
    "TARGET": "target",
    "METRIC": "metric",
    "--metrics": "metric,",
    "--maximize": "metric,",
    "--minimize": "metric,",
    "SOURCE": "source",
    "REF... STAGE": f"version|{choices(STAGES)}",
    "REF... ALIAS": "version|alias",
    "REF... KEY=VALUE": "ref",
    "REF... KEY": "ref",
    **{f"model {verb} REF": "version" for verb in ("resolve", "download", "verify", "wait", "promote", "compare")},
    # what the shell knows
    "FILE": "file",
    "tracker URI": "file",
    "model-registry URI": "file",
    "--artifact-store": "file",
    "DIR": "directory",
    # words that mlreg itself decides on
    "STAGE": choices(STAGES),
    "FORMAT": choices(FORMATS),
    "WHEN": choices(COLORS),
    "SHELL": choices(tuple(SHELLS)),
    "FORM": choices(tuple(FORMS)),
    "TOPIC": choices(tuple(TOPICS)),
    "BACKEND": choices(tuple(VAULTS)),
    "compare KIND": choices(COMPARED),
    "CLIENT": "=auto,rest,mlflow",
    "FLAVOR": "=mlflow",
    "mlflow": "=mlflow",
    "--registry-uri": "=databricks,databricks-uc",
    "STATUS": "=READY,PENDING_REGISTRATION,FAILED_REGISTRATION",
    "--on-conflict": "=fail,skip,replace,rename",
    "--order-by-date": "=asc,desc",
    **dict.fromkeys(
        (
            *("tracker register NAME", "stack register NAME", "model-registry register NAME", "model create NAME"),
            *("model-registry models register NAME", "secret register NAME [--KEY=VALUE]", "secret register KEY"),
            *("NEW", "login NAME", "--experiment", "--run-name", "--workspace", "--namespace", "--remove-metadata"),
            *(
                "A,B",
                "AGE",
                "DAY",
                "DURATION",
                "EXPR",
                "FIELD",
                "FILTER",
                "HOST",
                "ID",
                "KEY VALUE",
                "KEY=VALUE",
                "N",
                "NAME=VALUE",
            ),
            *("ORDER", "TEXT", "TIME", "URI", "URL"),
        ),
        NOTHING,
    ),
}


def kind(path: str, metavar: str, spellings: Sequence[str] = ()) -> str:
    """What a value completes to; raises LookupError when nobody has decided that."""
    bare = metavar[1:-1] if metavar.startswith("[") and "[" not in metavar[1:] else metavar
    bare = bare.removesuffix("...")
    nearest_first = sorted(_parts(path.split()), key=lambda part: (len(part), path.endswith(" ".join(part))))[::-1]
    for name in (*spellings, bare):
        for below in nearest_first:
            found = KINDS.get(" ".join((*below, name)))
            if found:
                return found
    raise LookupError(f"decide in {__name__} what {bare} of '{path}' completes to")


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield words[start:end]
    yield ()
