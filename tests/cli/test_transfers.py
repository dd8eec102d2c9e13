"""`model register DIR | download | verify` on a real server, and on servers that break off, lie or lose things."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from mlreg.core.models import transfer
from mlreg.core.models.upload import upload
from tests.cli.conftest import Cli
from tests.labs import RestLab
from tests.scripted import Asked, Reply, Scripted, scripted
from tests.servers import Server

WEIGHTS = bytes(range(256)) * 4000


@pytest.fixture
def model() -> Path:
    """A directory with a model in it, where commands run."""
    directory = Path("model")
    (directory / "data").mkdir(parents=True)
    (directory / "MLmodel").write_text("flavors: {}\n")
    (directory / "empty").touch()
    (directory / "data" / "weights.bin").write_bytes(WEIGHTS)
    return directory


@pytest.fixture
def name() -> str:
    """A model of this test's own."""
    return f"transfers-{uuid4().hex[:8]}"


@pytest.fixture(params=["plain", "secure", "legacy"])
def team(request: pytest.FixtureRequest, cli: Cli) -> Cli:
    """A command line with a tracker for a real server of each kind."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    login = ["--no-auth"]
    if server.username:
        login = ["--tracking-username", server.username, f"--tracking-password={server.password}"]
        login += ["--tracking-ca-cert", str(server.ca_cert)]
    assert cli("tracker", "register", "team", server.uri, *login).code == 0
    return cli


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, with its bytes."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def test_a_directory_there_and_back(team: Cli, name: str, model: Path) -> None:
    """It is uploaded and registered with its aliases and stage; downloaded it is the same, and is verified."""
    made = team("model", "register", name, "./model", "--alias", "best", "--stage", "Staging", "--tag", "a=b")
    assert (made.code, made.stdout) == (0, f"{name}/1\n")
    shown = team("model", "show", f"{name}@best", "-o", "json").json
    assert (shown["version"], shown["stage"], shown["status"], shown["tags"]["a"]) == (1, "Staging", "READY", "b")
    got = team("model", "download", f"{name}@best", "out/here", "-o", "json").json
    assert (got["path"], got["files"], got["size"]) == ("out/here", 3, len(WEIGHTS) + 12)
    assert contents(Path("out/here")) == contents(model)
    assert [path.name for path in Path("out").iterdir()] == ["here"]
    same = team("model", "verify", f"{name}/1", "out/here", "-o", "json")
    assert (same.code, {row["state"] for row in same.json}) == (0, {"same"})


def test_skip_unchanged(team: Cli, name: str, model: Path) -> None:
    """A CI job that runs again registers nothing new, whatever the version came from, until a byte differs."""
    first = ("model", "register", name, "./model", "--skip-unchanged", "--alias", "best")
    assert team(*first).stdout == f"{name}/1\n"
    again = team(*first)
    assert (again.stdout, "unchanged" in again.stderr) == (f"{name}/1\n", True)
    team("model", "tag", "delete", f"{name}/1", "mlreg_digest")
    assert team(*first).stdout == f"{name}/1\n"
    assert team("model", "register", name, f"{name}/1", "--skip-unchanged").stdout == f"{name}/1\n"
    (model / "empty").write_text("no more")
    assert team(*first).stdout == f"{name}/2\n"
    assert team("model", "resolve", f"{name}@best").stdout == f"models:/{name}/2\n"


def test_a_directory_that_came_from_a_run(team: Cli, name: str, model: Path, request: pytest.FixtureRequest) -> None:
    """The version names the run, so that gates and comparisons find its metrics."""
    kind = request.node.callspec.params["team"]
    run_id = RestLab(request.getfixturevalue(f"{kind}_server")).run(metrics={"auc": 0.9})
    made = team("model", "register", name, "./model", "--run-id", run_id, "-o", "json")
    assert (made.code, made.json["run_id"]) == (0, run_id)
    gate = ("--require", "metrics.auc >= 0.9", "--allow-first")
    assert team("model", "promote", f"{name}/1", "Production", *gate).code == 0
    assert team("model", "download", f"{name}/1", "out").code == 0


@pytest.fixture
def plain(cli: Cli, plain_server: Server) -> Cli:
    """A command line with a tracker for the plain server."""
    assert cli("tracker", "register", "team", plain_server.uri, "--no-auth").code == 0
    return cli


def test_verify_tells_what_differs(plain: Cli, name: str, model: Path) -> None:
    """File by file, exit 8; MLflow's own note is none of the model's files."""
    plain("model", "register", name, "./model")
    plain("model", "download", f"{name}/1", "out")
    (model / "registered_model_meta").touch()
    assert plain("model", "verify", f"{name}/1", "./model").code == 0
    out = Path("out")
    (out / "MLmodel").write_text("flavors: []\n")
    (out / "empty").unlink()
    (out / "new").touch()
    found = plain("model", "verify", f"{name}/1", "out", "-o", "json")
    states = {row["path"]: row["state"] for row in found.json}
    assert found.code == 8
    assert states == {"MLmodel": "different", "empty": "missing", "new": "extra", "data/weights.bin": "same"}


def test_a_target_in_use_is_left_alone(plain: Cli, name: str, model: Path) -> None:
    """A directory with something in it is a conflict; an empty one is filled; a file is a conflict."""
    plain("model", "register", name, "./model")
    Path("empty").mkdir()
    assert plain("model", "download", f"{name}/1", "empty").code == 0
    taken = plain("model", "download", f"{name}/1", "empty")
    assert (taken.code, "is there already" in taken.stderr) == (7, True)
    Path("file").touch()
    assert plain("model", "download", f"{name}/1", "file").code == 7


def test_what_is_no_directory_is_said(plain: Cli, name: str, model: Path) -> None:
    """A file, nothing at all, an empty directory, and a directory whose name reads as a model's."""
    Path("void").mkdir()
    for source, says in (("./model/MLmodel", "it is a file"), ("./nothing", "no directory"), ("./void", "no files")):
        refused = plain("model", "register", name, source)
        assert (refused.code, says in refused.stderr) == (3, True), refused.stderr
    assert f"mlreg model register {name} ./model" in plain("model", "register", name, "model").stderr
    (model / "loop").symlink_to("..", target_is_directory=True)
    assert "goes round" in plain("model", "register", name, "./model").stderr
    assert plain("model", "show", name).code == 3


def test_dry_run_uploads_nothing(plain: Cli, name: str, model: Path) -> None:
    """It says what it would do, aliases and all, and neither file nor model is made."""
    done = plain("model", "register", name, "./model", "--alias", "best", "--dry-run")
    assert (done.code, done.stdout) == (0, f"{name}/1\n")
    assert plain("model", "show", name).code == 3
    plain("model", "register", name, "./model")
    assert plain("model", "download", f"{name}/1", "out", "--dry-run").code == 0
    assert not Path("out").exists()


def rewrite(content: bytes) -> Callable[[Path], object]:
    """Something to do to a file."""
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize("change", [rewrite(b"short"), rewrite(WEIGHTS[::-1]), rewrite(b""), Path.unlink])
def test_a_file_that_changes_during_the_upload(
    plain: Cli, name: str, model: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    """Nothing is registered that nobody has hashed, and nobody waits for bytes that will not come."""

    def changing(*args: Any) -> Any:
        change(model / "data" / "weights.bin")
        return upload(*args)

    monkeypatch.setattr(transfer, "upload", changing)
    began = time.monotonic()
    refused = plain("model", "register", name, "./model")
    assert (refused.code, "data/weights.bin" in refused.stderr) == (3 if change is Path.unlink else 8, True)
    assert time.monotonic() - began < 10
    assert plain("model", "show", name).code == 3


def test_a_file_that_grows_during_the_upload(
    plain: Cli, name: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is registered is what was hashed, and no byte more."""

    def growing(*args: Any) -> Any:
        with (model / "data" / "weights.bin").open("ab") as file:
            file.write(b"more")
        return upload(*args)

    monkeypatch.setattr(transfer, "upload", growing)
    assert plain("model", "register", name, "./model").code == 0
    assert plain("model", "download", f"{name}/1", "out").code == 0
    assert Path("out/data/weights.bin").read_bytes() == WEIGHTS


def test_files_that_are_called_as_mlreg_is(plain: Cli, name: str, model: Path) -> None:
    """A model's own `.mlreg` is a file like any other, there and back."""
    (model / ".mlreg").write_text("mine")
    (model / "data" / ".mlreg").write_text("mine too")
    assert plain("model", "register", name, "./model").code == 0
    assert plain("model", "download", f"{name}/1", "out/here").code == 0
    assert contents(Path("out/here")) == contents(model)
    assert [path.name for path in Path("out").iterdir()] == ["here"]
    (model / ".mlreg").write_text("else")
    assert plain("model", "verify", f"{name}/1", "./model").code == 8


def test_unchanged_is_not_said_of_files_that_are_gone(cli: Cli, name: str, model: Path) -> None:
    """Whatever the tag says: the files are looked for, and uploaded anew."""
    cli("tracker", "register", "local", "sqlite:///m.db")
    register = ("model", "register", name, "./model", "--skip-unchanged")
    made = cli(*register, "-o", "json")
    assert made.code == 0, made.stderr
    assert cli(*register).stdout == f"{name}/1\n"
    uri = cli("model", "download", f"{name}/1", "out", "--dry-run", "-o", "json").json["uri"]
    shutil.rmtree(uri.removeprefix("file://"))
    assert cli(*register).stdout == f"{name}/2\n"


def test_links(plain: Cli, name: str, model: Path) -> None:
    """Two links to one directory are two directories; one that leads nowhere is said to."""
    (model / "first").symlink_to("data", target_is_directory=True)
    (model / "second").symlink_to("data", target_is_directory=True)
    made = plain("model", "register", name, "./model")
    assert (made.code, made.stdout) == (0, f"{name}/1\n")
    assert plain("model", "verify", f"{name}/1", "./model").code == 0
    (model / "nowhere").symlink_to("gone")
    refused = plain("model", "register", name, "./model")
    assert (refused.code, "is a broken link" in refused.stderr) == (1, True)


@pytest.mark.parametrize("odd", [b"a\nb", b"a\x1b[31m", b"a\xff"])
def test_a_file_whose_name_is_no_text(plain: Cli, name: str, model: Path, odd: bytes) -> None:
    """It is refused before anything is uploaded."""
    Path(os.fsdecode(bytes(model) + b"/" + odd)).touch()
    refused = plain("model", "register", name, "./model")
    assert (refused.code, "cannot be uploaded" in refused.stderr) == (2, True), refused.stderr
    assert plain("model", "show", name).code == 3


def test_a_path_on_a_server_is_uploaded_not_sent(plain: Cli, name: str) -> None:
    """`file:` means the place itself, which a server cannot reach: the hint uploads it."""
    refused = plain("model", "register", name, f"file://{Path.cwd()}/model")
    assert (refused.code, f"mlreg model register {name} {Path.cwd()}/model" in refused.stderr) == (2, True)


class Store:
    """A scripted server with one model version, whose files a test may tamper with."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.listed = {path: len(content) for path, content in files.items()}
        self.broken = 0
        self.tags: dict[str, str] = {}

    def __call__(self, asked: Asked) -> Reply:
        path = asked.path.partition("?")[0]
        if path.endswith("registered-models/get"):
            return Reply(body={"registered_model": {"name": "m", "latest_versions": [{"version": "1"}]}})
        if path.endswith("model-versions/get"):
            tags = [{"key": key, "value": value} for key, value in self.tags.items()]
            return Reply(body={"model_version": {"name": "m", "version": "1", "tags": tags}})
        if path.endswith("get-download-uri"):
            return Reply(body={"artifact_uri": "mlflow-artifacts:/x"})
        if path.endswith("mlflow-artifacts/artifacts"):
            files = [{"path": name, "is_dir": False, "file_size": size} for name, size in self.listed.items()]
            return Reply(body={"files": files})
        return self.file(path.rpartition("/x/")[2], asked)

    def file(self, name: str, asked: Asked) -> Reply:
        """A file, of which the first answers break off."""
        content = self.files[name].decode("latin-1")
        start = int(asked.headers.get("Range", "bytes=0-")[6:-1])
        status = 206 if start else 200
        if self.broken:
            self.broken -= 1
            return Reply(status, content[start : min(start + 1000, 5000)], type="x/y", cut=True)
        return Reply(status, content[start:], type="x/y")


@pytest.fixture
def store() -> Store:
    """One file of a million bytes."""
    return Store({"w.bin": b"w" * 1_000_000})


@pytest.fixture
def odd(cli: Cli, store: Store) -> Iterator[Scripted]:
    """The scripted server, with a tracker for it."""
    with scripted(store) as server:
        assert cli("tracker", "register", "odd", server.uri, "--no-auth").code == 0
        yield server


def ranges(server: Scripted) -> list[Any]:
    """From where on the file was asked for."""
    return [asked.headers.get("Range") for asked in server.asked if asked.path.endswith("/x/w.bin")]


def test_a_broken_transfer_goes_on_where_it_broke(cli: Cli, odd: Scripted, store: Store) -> None:
    """Within one command, by Range."""
    store.broken = 2
    assert cli("model", "download", "m/1", "out").code == 0
    assert Path("out/w.bin").read_bytes() == store.files["w.bin"]
    assert ranges(odd) == [None, "bytes=1000-", "bytes=2000-"]


def test_the_same_command_takes_it_up_again(cli: Cli, odd: Scripted, store: Store) -> None:
    """A server that stays broken fails the command, exit 6, and leaves no target; the next one fetches the rest."""
    store.broken = 10
    failed = cli("model", "download", "m/1", "out")
    assert (failed.code, Path("out").exists()) == (6, False)
    store.broken, had = 0, Path(".out.part/w.bin").stat().st_size
    assert had > 0
    assert cli("model", "download", "m/1", "out").code == 0
    assert ranges(odd)[-1] == f"bytes={had}-"
    assert Path("out/w.bin").read_bytes() == store.files["w.bin"]
    assert not Path(".out.part").exists()


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "..", ""])
def test_a_file_never_leaves_its_directory(cli: Cli, odd: Scripted, store: Store, name: str) -> None:
    """A server that lists such a name is not obeyed."""
    store.listed = {name: 3}
    refused = cli("model", "download", "m/1", "out")
    assert refused.code == 6
    assert not Path("out").exists()


def test_a_file_of_another_size(cli: Cli, odd: Scripted, store: Store) -> None:
    """What arrives is not what was listed: exit 8, and no target."""
    store.listed["w.bin"] += 5
    assert cli("model", "download", "m/1", "out").code == 8
    assert not Path("out").exists()


def test_bytes_that_are_not_the_registered_ones(cli: Cli, odd: Scripted, store: Store) -> None:
    """The digest that registering noted is checked: exit 8, and no target."""
    store.tags["mlreg_digest"] = "sha256:0"
    refused = cli("model", "download", "m/1", "out")
    assert (refused.code, Path("out").exists()) == (8, False)
    assert "run the command again" in refused.stderr


def test_a_wrong_download_heals(cli: Cli, odd: Scripted, store: Store) -> None:
    """What was taken up and turned out to be wrong is fetched anew by the same command."""
    right = store.files["w.bin"]
    store.tags["mlreg_digest"] = content_digest(store.files)
    store.broken = 10
    assert cli("model", "download", "m/1", "out").code == 6
    store.broken = 0
    begun = Path(".out.part/w.bin")
    begun.write_bytes(b"x" * begun.stat().st_size)
    assert cli("model", "download", "m/1", "out").code == 8
    assert cli("model", "download", "m/1", "out").code == 0
    assert Path("out/w.bin").read_bytes() == right
    assert [path.name for path in Path().iterdir()] == ["out"]


def content_digest(files: dict[str, bytes]) -> str:
    """What registering notes of these files."""
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items()))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def test_a_download_to_nowhere(cli: Cli, odd: Scripted) -> None:
    """An empty name is none, and nothing is asked."""
    refused = cli("model", "download", "m/1", "")
    assert (refused.code, len(odd.asked)) == (2, 0)


def test_verify_cannot_tell(cli: Cli, odd: Scripted, store: Store) -> None:
    """Files that cannot be listed are exit 9; one that cannot be read is unknown, exit 9, and the others are told."""
    Path("here").mkdir()
    Path("here/w.bin").write_bytes(store.files["w.bin"])
    store.broken = 10
    unknown = cli("model", "verify", "m/1", "here", "-o", "json")
    assert (unknown.code, [row["state"] for row in unknown.json]) == (9, ["unknown"])
    store.listed = {}
    silent = cli("model", "verify", "m/1", "here", "-o", "json")
    assert (silent.code, json.loads(silent.stderr)["error"]["code"]) == (9, "cannot_tell")
    assert cli("model", "verify", "m/1", "nowhere").code == 3
