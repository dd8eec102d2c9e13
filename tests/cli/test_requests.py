"""Requests are counted, on a real server: each costs up to 0.4 s where passwords are checked."""

from typing import Any
from uuid import uuid4

import pytest

from mlreg.adapters import rest_api
from mlreg.adapters.http import Transport
from tests.cli.conftest import Cli
from tests.labs import RestLab
from tests.servers import Server

BUDGET = {
    ("list",): 1,
    ("create", "{}-new"): 1,
    ("show", "{}"): 1,
    ("show", "{}/1"): 2,
    ("show", "{}@champion"): 2,
    ("show", "{}/latest"): 2,
    ("show", "{}/Staging"): 3,
    ("versions", "{}"): 2,
    ("versions",): 2,
    ("list", "--tag", "k=v", "--stage", "Production", "--since", "7d"): 1,
    ("list", "--filter", "name = '{}'", "--metrics", "auc,loss"): 3,
    ("list", "--filter", "name = '{}'", "--order-by", "name DESC", "--limit", "1"): 1,
    ("versions", "{}", "--tag", "k=v", "--run-id", "x", "--filter", "version_number > 1"): 2,
    ("versions", "{}", "--alias", "champion", "--order-by", "version_number ASC"): 2,
    ("versions", "{}", "--metrics", "auc", "--params", "lr"): 4,
    ("versions", "{}", "--limit", "1"): 2,
    ("holders",): 2,
    ("compare", "{}/1", "{}/2", "--only", "metrics"): 5,
    ("compare", "{}/1", "{}@champion", "{}/latest", "--only", "params"): 6,
    ("plot", "{}", "--metric", "auc"): 4,
    ("plot", "{}/1", "{}/2", "--metric", "auc", "--steps"): 7,
    ("holders", "lab", "--stage", "Production", "--alias", "champion"): 2,
    ("transition", "{}/2", "Staging"): 3,
    ("transition", "{}@champion", "Production"): 4,
    ("alias", "set", "{}/2", "champion"): 3,
    ("alias", "list", "{}"): 1,
    ("alias", "delete", "{}@champion"): 3,
    ("register", "{}", "s3://bucket/model"): 2,
    ("register", "{}-other", "s3://bucket/model"): 3,
    ("resolve", "{}/1"): 2,
    ("resolve", "{}/latest"): 1,
    ("update", "{}", "-d", "new"): 2,
    ("update", "{}/1", "-d", "new"): 2,
    ("update", "{}/Production", "-d", "new"): 3,
    ("tag", "set", "{}", "k=v"): 2,
    ("tag", "set", "{}/1", "k=v"): 2,
    ("tag", "set", "{}/Production", "k=v"): 3,
    ("tag", "delete", "{}", "k"): 2,
    ("tag", "delete", "{}/1", "k"): 2,
    ("rename", "{}-other", "{}-renamed"): 2,
    ("delete", "{}/2", "--yes"): 6,
    ("delete", "{}/latest", "--yes"): 3,
    ("delete", "{}", "--confirm", "{}"): 2,
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request that leaves the process, by method and path; all that other tests left fits on one page."""
    monkeypatch.setattr(rest_api, "PAGE", 1000)
    log: list[str] = []
    real = Transport._once

    def once(self: Transport, method: str, target: str, *rest: Any) -> Any:
        log.append(f"{method} {target.partition('?')[0]}")
        return real(self, method, target, *rest)

    monkeypatch.setattr(Transport, "_once", once)
    return log


def test_each_verb_has_its_number_of_requests(cli: Cli, sent: list[str], plain_server: Server) -> None:
    """A listing takes one for each page, none for a row; the guard against prompts takes none of its own."""
    name = f"requests-{uuid4().hex[:8]}"
    cli("tracker", "register", "lab", plain_server.uri, "--no-auth")
    run_id = RestLab(plain_server).run(metrics={"auc": 0.9})
    for _ in range(2):
        assert cli("model", "register", name, "s3://bucket/model", "--run-id", run_id).code == 0
    assert cli("model", "alias", "set", f"{name}/1", "champion").code == 0
    assert cli("model", "transition", f"{name}/1", "Staging").code == 0
    for args, expected in BUDGET.items():
        sent.clear()
        done = cli("model", *(word.format(name) for word in args))
        assert done.code == 0, done.stderr
        assert len(sent) == expected, (args, sent)
