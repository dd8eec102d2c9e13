"""mlreg: the command-line tool for MLflow model registries. In a program: mlreg.connect, .activate, .errors."""

TYPE_CHECKING = False  # importing the package costs nothing: not even typing, and what programs use when they use it
if TYPE_CHECKING:
    from mlreg.api import activate, connect
    from mlreg.core import errors

__version__ = "0.1.0"
__all__ = ["activate", "connect", "errors"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'mlreg' has no attribute '{name}'")
    from importlib import import_module

    found = import_module("mlreg.core.errors") if name == "errors" else getattr(import_module("mlreg.api"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
