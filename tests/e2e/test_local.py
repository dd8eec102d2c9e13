"""Local stores with the real mlreg: ZenML's local scenario, every kind of local URI, quickstart, and no litter."""

import shlex
from pathlib import Path

import pytest

from tests.cli_runner import Mlreg, Result


def done(result: Result) -> Result:
    """The result of a command that must succeed."""
    assert result.code == 0, result.stderr
    return result


@pytest.fixture
def desk(mlreg: Mlreg) -> Mlreg:
    """mlreg whose files are apart from the directory it is called in."""
    mlreg.env["MLREG_HOME"] = str(mlreg.home / "own" / "mlreg")
    return mlreg


def litter(desk: Mlreg) -> list[str]:
    """What lies in the working directory but was not asked for."""
    return [path.name for path in desk.home.iterdir() if path.name != "own"]


def test_zenmls_local_scenario(desk: Mlreg) -> None:
    """Without a URI a tracker has a database in mlreg's data directory, and artifacts beside it."""
    registered = done(desk("tracker", "register", "mlflow_experiment_tracker", "--flavor=mlflow"))
    uri = f"sqlite:///{desk.env['MLREG_HOME']}/stores/mlflow_experiment_tracker/mlflow.db"
    assert uri in registered.stderr
    assert desk("tracker", "show", "mlflow_experiment_tracker", "-o", "json").json["tracking_uri"] == uri
    done(desk("stack", "register", "custom_stack", "-e", "mlflow_experiment_tracker", "--set"))
    assert done(desk("model", "register", "churn", "s3://bucket/churn")).stdout == "churn/1\n"
    done(desk("model", "transition", "churn/1", "Production"))
    done(desk("model", "alias", "set", "churn/1", "champion"))
    (row,) = done(desk("model", "list", "-o", "json")).json
    assert (row["stages"], row["aliases"]) == ({"Production": 1}, {"champion": 1})
    done(desk("stack", "delete", "custom_stack"))
    kept = done(desk("tracker", "delete", "mlflow_experiment_tracker"))
    place = Path(uri.removeprefix("sqlite:///"))
    assert f"kept in {place}" in kept.stderr
    assert place.exists()
    assert litter(desk) == []


def test_reading_makes_no_database(desk: Mlreg) -> None:
    """A store that nobody has written to is empty, and stays absent; MLflow is not even imported for it."""
    done(desk("tracker", "register", "t"))
    assert done(desk("model", "list", "-o", "json")).json == []
    assert desk("model", "show", "nobody").code == 3
    assert desk("model", "transition", "nobody/1", "Staging").code == 3
    assert not list(Path(desk.env["MLREG_HOME"]).rglob("*.db"))
    assert litter(desk) == []


@pytest.mark.parametrize(
    ("uri", "stored", "made"),
    [
        ("sqlite:///sub/x.db", "sqlite:///{}/sub/x.db", "sub"),
        ("./store.db", "sqlite:///{}/store.db", "store.db"),
        ("file:./runs", "file://{}/runs", "runs"),
        ("runs", "file://{}/runs", "runs"),
    ],
)
def test_local_uris(desk: Mlreg, uri: str, stored: str, made: str) -> None:
    """A path or relative URI is stored as an absolute one; what is written is where the user said, and nothing else."""
    done(desk("tracker", "register", "t", uri))
    assert desk("tracker", "show", "t", "-o", "json").json["tracking_uri"] == stored.format(desk.home)
    done(desk("model", "create", "churn"))
    assert done(desk("model", "list", "-o", "name")).stdout == "churn\n"
    assert litter(desk) == [made]


def test_a_local_store_takes_no_credentials(desk: Mlreg) -> None:
    """They would go nowhere."""
    refused = desk("tracker", "register", "t", "./x.db", "--tracking-token={{s.t}}")
    assert (refused.code, "takes no credentials" in refused.stderr) == (2, True)


def test_a_database_server_that_is_not_there(desk: Mlreg) -> None:
    """Without its driver, or without the server, there is one clear error, and no password in it."""
    registered = done(desk("tracker", "register", "db", "postgresql://ada:c4n4ry@127.0.0.1:9/mlflow"))
    assert "password" in registered.stderr
    failed = desk("model", "list", "--timeout", "20s")
    assert failed.code in (1, 2, 6)
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr
    assert "c4n4ry" not in failed.stderr + registered.stderr


def test_another_mlflows_schema(desk: Mlreg) -> None:
    """A database that MLflow would upgrade is left alone; the hint names the command and the backup."""
    import sqlite3

    done(desk("tracker", "register", "t", "./x.db"))
    done(desk("model", "create", "churn"))
    with sqlite3.connect(desk.home / "x.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
    database.close()
    failed = desk("model", "list")
    assert failed.code == 1
    assert "schema of another MLflow" in failed.stderr
    assert "back it up, then: mlflow db upgrade" in failed.stderr


def suggestions(result: Result) -> list[list[str]]:
    """The commands that quickstart suggests, without the program's name."""
    lines = result.stderr.partition("Next, try:\n")[2].splitlines()
    return [shlex.split(line)[1:] for line in lines]


def test_quickstart(desk: Mlreg) -> None:
    """From nothing to a listing; again without a change; each suggestion works; --remove undoes it."""
    first = done(desk("quickstart", "-o", "json"))
    assert [(row["version"], row["stage"], row["aliases"]) for row in first.json] == [
        (2, "Staging", ["challenger"]),
        (1, "Production", ["champion"]),
    ]
    assert "the server of quickstart is stopped" in first.stderr
    assert done(desk("tracker", "stop", "--all", "-o", "json")).json == []
    again = done(desk("quickstart"))
    assert "there already" in again.stderr
    assert len(again.stdout.splitlines()) == 3
    commands = suggestions(again)
    assert len(commands) == 8
    assert not any("--stack" in command for command in commands)
    for command in commands:
        done(desk(*command))
    assert not list(Path(desk.env["MLREG_HOME"]).rglob("*.db"))
    assert desk("tracker", "list", "-o", "json").json == []
    assert done(desk("quickstart", "--remove")).code == 0
    assert litter(desk) == []
    assert not list(desk.home.rglob("registered_model_meta"))


def test_quickstart_beside_another_stack(desk: Mlreg) -> None:
    """What is there stays active, and the suggestions name the stack."""
    done(desk("tracker", "register", "mine", "https://mlflow.example.com", "--no-auth"))
    made = done(desk("quickstart"))
    assert done(desk("stack", "current")).stdout == "mine\n"
    *commands, remove = suggestions(made)
    assert all(command[-2:] == ["--stack", "quickstart"] for command in commands)
    done(desk(*commands[0]))
    done(desk(*remove))
    assert done(desk("tracker", "list", "-o", "name")).stdout == "mine\n"
