"""`mlreg secret fill`: find the values that a stack's trackers lack, and ask for each of them."""

from collections.abc import Sequence

from mlreg.cli import prompt, secret_input
from mlreg.cli.secret_text import parse
from mlreg.cli.session import Session
from mlreg.core import secrets
from mlreg.core.credentials import secrets_of
from mlreg.core.errors import Usage
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.secret_rules import Revision
from mlreg.core.types import Outcome, SecretEntry


def fill(here: Session, stack: str | None, file: str | None) -> None:
    """Fill what is missing, from a file or by asking; raises Usage listing it when neither can be done."""
    target = here.runtime.target(stack)
    needed = [*secrets_of(target.tracker), *secrets_of(target.registry)]
    missing = here.runtime.values.missing(needed)
    values = _from_file(here, missing, file) if file is not None else {}
    asked = [placeholder for placeholder in missing if placeholder not in values]
    if asked and not here.may_ask:
        raise _nobody_to_ask(asked, target.stack.name)
    for placeholder in asked:
        label = f"{placeholder.secret}.{placeholder.key}"
        values[placeholder] = prompt.hidden(here, label, f"mlreg secret fill {target.stack.name} -f -")
    for secret in dict.fromkeys(placeholder.secret for placeholder in missing):
        _store(here, secret, {each.key: value for each, value in values.items() if each.secret == secret})
    filled = ", ".join(f"{each.secret}.{each.key}" for each in missing)
    said = f"filled {filled}" if missing else f"nothing is missing for the stack {target.stack.name}"
    record = {"stack": target.stack.name, "filled": [f"{each.secret}.{each.key}" for each in missing]}
    here.out.result(record, target.stack.name, Outcome(said=said, changed=bool(missing)))


def _from_file(here: Session, missing: Sequence[Placeholder], file: str) -> dict[Placeholder, Secret]:
    """Values by SECRET.KEY, or by KEY where only one secret lacks it."""
    by_name = {f"{each.secret}.{each.key}": each for each in missing}
    keys = [each.key for each in missing]
    by_name |= {each.key: each for each in missing if keys.count(each.key) == 1}
    found = {}
    for name, value in parse(secret_input.read_text(here, file)).items():
        if name not in by_name:
            wanted = ", ".join(f"{each.secret}.{each.key}" for each in missing) or "nothing"
            raise Usage(f"'{name}' is not what is missing", cause=f"missing is {wanted}")
        found[by_name[name]] = value
    return found


def _store(here: Session, name: str, values: dict[str, Secret]) -> None:
    runtime = here.runtime
    if name in runtime.components.secrets:
        secrets.update(runtime.components, runtime.keeper, runtime.change, name, values, Revision())
        return
    entry = SecretEntry(name=name, backend=runtime.secret_backend.value, keys=())
    secrets.register(runtime.components, runtime.keeper, runtime.change, entry, values)


def _nobody_to_ask(missing: Sequence[Placeholder], stack: str) -> Usage:
    names = ", ".join(f"{each.secret}.{each.key}" for each in missing)
    example = "\\n".join(f"{each.secret}.{each.key}=..." for each in missing)
    return Usage(
        f"no value yet for {names}, and there is nobody to ask",
        hint=f"printf '{example}\\n' | mlreg secret fill {stack} -f -",
    )
