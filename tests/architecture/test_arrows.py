"""The house's floors: arrows point down only, adapters know no other adapter but leaves, only runtime names them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "mlreg"
MODULES = {
    ".".join(("mlreg", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
FLOORS = {
    "mlreg.core": 0,
    "mlreg.adapters": 1,
    "mlreg.runtime": 2,
    "mlreg.cli": 3,
    "mlreg.api": 3,
    "mlreg.mlflow_plugin": 3,
    "mlreg.completion": 4,  # asks the names cache by itself: what a command imports takes longer than its answer
    "mlreg.__main__": 4,
}


def floor(module: str) -> int | None:
    """The floor a module is on; the package itself, which names what it gives to programs, is on none."""
    return next((level for part, level in FLOORS.items() if module == part or module.startswith(f"{part}.")), None)


def imports(path: Path) -> set[str]:
    """Every mlreg module that a file imports, also inside functions: lazy imports are arrows too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name in MODULES}


GRAPH = {module: imports(path) if module != "mlreg" else set() for module, path in MODULES.items()}


@pytest.mark.parametrize("module", GRAPH)
def test_arrows_point_down(module: str) -> None:
    """A module imports its own floor or lower ones."""
    level = floor(module)
    ups = [other for other in GRAPH[module] if (floor(other) or 0) > (level or 0)]
    assert not ups


@pytest.mark.parametrize("module", [module for module in GRAPH if floor(module) in (2, 3)])
def test_only_strings_name_adapters(module: str) -> None:
    """Nothing above imports an adapter, and only runtime names one."""
    assert not [other for other in GRAPH[module] if floor(other) == 1]
    if floor(module) != 2:
        assert "mlreg.adapters" not in MODULES[module].read_text()


def test_adapters_know_only_leaves() -> None:
    """The modules that runtime names are adapters; the others are leaves, which no adapter is hidden behind."""
    texts = (path.read_text() for module, path in MODULES.items() if floor(module) == 2)
    named = {name for text in texts for name in re.findall(r"mlreg\.adapters\.[\w.]+(?=:)", text)}
    assert named <= set(GRAPH)
    for module, targets in GRAPH.items():
        if floor(module) == 1:
            assert not targets & named, f"{module} imports another adapter"


def test_core_is_pure() -> None:
    """Core imports the standard library and itself; nothing that does I/O or asks the time."""
    forbidden = {"io", "socket", "subprocess", "time", "datetime", "logging", "sys", "tempfile"}
    allowed = {"os.path": {"normpath"}, "pathlib": {"PurePath"}}
    import sys

    for module, path in MODULES.items():
        if floor(module) != 0:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom):
                pure = {alias.name for alias in node.names} <= allowed.get(node.module or "", set())
                names += [] if pure else [node.module or ""]
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                top = name.partition(".")[0]
                assert top == "mlreg" or (
                    top in sys.stdlib_module_names and top not in {*forbidden, "os", "pathlib"}
                ), (module, name)


def test_no_circles() -> None:
    """No module reaches itself."""
    for start in GRAPH:
        seen: set[str] = set()
        stack = [*GRAPH[start] - {start}]
        while stack:
            module = stack.pop()
            assert module != start, f"{start} is in a circle"
            if module not in seen:
                seen.add(module)
                stack += GRAPH[module] - {module}


@pytest.mark.parametrize("module", GRAPH)
def test_modules_are_small_and_say_what_they_are(module: str) -> None:
    """The first line is a docstring; a module past 300 lines wants to be two, a function past 60 too."""
    text = MODULES[module].read_text()
    tree = ast.parse(text)
    assert text.startswith('"""') or not text
    assert text.count("\n") <= 320
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 70, node.name


def test_only_two_modules_write() -> None:
    """No module but render and voice (and the prompt, which asks) touches a stream."""
    allowed = {
        "mlreg.cli.render",
        "mlreg.cli.voice",
        "mlreg.cli.prompt",
        "mlreg.cli.main",
        "mlreg.__main__",
        "mlreg.cli.secret_input",
    }
    for module, path in MODULES.items():
        if module not in allowed:
            assert not re.search(r"\bprint\(|sys\.std(out|err)\.write|typer\.echo", path.read_text()), module
