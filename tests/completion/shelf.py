"""A names cache as mlreg would have left it: `Shelf(home).put(models=["churn\\tchampion=7\\t8= 7=Production"])`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlreg.adapters import names

SERVER: Final = "http://127.0.0.1:9"
COMPONENTS: Final = (
    "active\tlab",
    f"tracker\tlab\t{SERVER}\tuser\t{SERVER}",
    "tracker\tprod\thttps://mlflow.example.com\tuser\thttps://mlflow.example.com",
    f"stack\tlab\t{SERVER}\tuser\ttracker lab",
    "stack\tprod\thttps://mlflow.example.com\tuser\ttracker prod",
    "stack\tcloned\thttp://127.0.0.1:7\tproject\ttracker cloned",
    "secret\tteam\tusername password",
    "secret\tgateway\ttoken",
)
MODELS: Final = (
    "chaff\t\t1=",
    "churn\tchallenger=8 champion=7\t9= 8=Staging 7=Production 6=Archived 5= 4= 3= 2= 1=",
    "fraud\tchampion=2 old=1\t2= 1=",
)
METRICS: Final = "auc\tloss\tval/auc"


@dataclass(frozen=True)
class Shelf:
    """The cache below a home, in the format of this mlreg."""

    home: Path

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs to find it."""
        return {"MLREG_HOME": str(self.home), "HOME": str(self.home)}

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.home / "names"

    def put_components(self, rows: Sequence[str] = COMPONENTS) -> None:
        """Keep these components, as read from the files as they are now."""
        identity = names.identity(str(self.home / "components.yaml"), None)
        names.write(names.components_file(str(self.folder), None), [f"{names.FORMAT}\t{identity}", *rows])

    def put_models(
        self,
        rows: Sequence[str] = MODELS,
        *,
        stack: str = "lab",
        server: str = SERVER,
        age_s: float = 0,
        metrics: str = METRICS,
    ) -> None:
        """Keep these models of a stack's registry, listed so long ago."""
        header = f"{names.FORMAT}\t{server}\t{int(time.time() - age_s)}"
        names.write(names.models_file(str(self.folder), stack), [header, metrics, *rows])
