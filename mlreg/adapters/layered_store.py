"""The component store with a project's file laid over the user's: both are read, only the user's is written."""

from collections.abc import Callable
from pathlib import Path

from mlreg.core import layers
from mlreg.core.entries import read_components
from mlreg.core.errors import StoreBroken
from mlreg.core.ports import ComponentStore, Edit
from mlreg.core.records import dataclass
from mlreg.core.types import Components


@dataclass(frozen=True, slots=True)
class LayeredStore:
    """A ComponentStore over another one, the user's."""

    user: ComponentStore
    user_file: Path
    project_file: Path

    def read(self) -> Components:
        return self._merged(self.user.read(), self._project())

    def edit(self, change: Callable[[Components], Edit]) -> None:
        project = self._project()

        def guarded(user: Components) -> Edit:
            edit = change(self._merged(user, project))
            layers.check_edit(edit, user, project, str(self.project_file))
            return edit

        self.user.edit(guarded)

    def _project(self) -> Components:
        from mlreg.adapters.yaml_text import load

        where = str(self.project_file)
        try:
            text = self.project_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            cause = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise StoreBroken(f"{where} cannot be read", cause=cause, hint="--no-project leaves it out") from None
        data = load(text, where)
        layers.check_project(data, where)
        return layers.project_components(read_components(data, where), where, str(self.project_file.parent))

    def _merged(self, user: Components, project: Components) -> Components:
        return layers.merge(user, project, str(self.user_file), str(self.project_file))
