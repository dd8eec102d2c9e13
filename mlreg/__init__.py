"""mlreg: the command-line tool for MLflow model registries."""

__version__ = "0.1.0"
