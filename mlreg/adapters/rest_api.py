"""MLflow's JSON over HTTP: requests to one server, pages followed, error answers turned into mlreg's errors."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from mlreg.adapters import mlflow_errors
from mlreg.adapters.http import Answer, Transport
from mlreg.core.addresses import origin
from mlreg.core.errors import NotMlflow

PAGE = 200
SERVER_INFO = "/api/3.0/mlflow/server-info"

Json = dict[str, Any]


class RestApi:
    """The endpoints below one prefix, such as `/api/2.0/mlflow/`, of the server that a transport leads to."""

    def __init__(
        self, transport: Transport, uri: str, prefix: str = "/api/2.0/mlflow/", *, workspace: str | None = None
    ) -> None:
        self._way = transport
        self._prefix = prefix
        self._workspace = workspace
        self.where = origin(uri)

    def below(self, prefix: str) -> "RestApi":
        """The endpoints below another prefix of the same server."""
        return RestApi(self._transport, self.where, prefix)

    def get(self, path: str, query: list[tuple[str, str]]) -> Json:
        """Read."""
        return self.read(self._transport.get(self._prefix + path, query))

    def root(self, path: str) -> str | None:
        """Read a plain text beside the API, such as `/version`; None where this server has no such path."""
        answer = self._transport.get(path)
        if "error_code" in answer.text:
            self.read(answer)
        if answer.status == 404:
            return None
        if answer.status != 200 or answer.media_type == "application/json" or "<" in answer.text:
            raise mlflow_errors.from_answer(answer.status, answer.media_type, answer.text, self.where)
        return answer.text.strip()

    def send(self, method: str, path: str, body: Json) -> Json:
        """Write, once."""
        return self.read(self._transport.send(method, self._prefix + path, body))

    def pages(self, path: str, items: str, query: list[tuple[str, str]], size: int | None = None) -> Iterator[Json]:
        """Read every page; one may be empty and yet not the last."""
        token = ""
        while True:
            page = [*query, ("max_results", str(size or PAGE)), *([("page_token", token)] if token else [])]
            answer = self.get(path, page)
            if answer and not answer.keys() & {items, "next_page_token"}:
                raise self._foreign()
            yield from answer.get(items, [])
            before, token = token, answer.get("next_page_token", "")
            if not token:
                return
            if token == before:
                raise NotMlflow(f"{self.where} sends the same page again and again", cause="its page token repeats")

    def part(self, answer: Json, name: str) -> Json:
        """Return the object that an answer must hold under this name."""
        if not isinstance(answer.get(name), dict):
            raise self._foreign()
        part: Json = answer[name]
        return part

    @cached_property
    def _transport(self) -> Transport:
        """The way to the server. One without workspaces may ignore which of them is meant, so it is asked first."""
        if self._workspace:
            answer = self._way.get(SERVER_INFO)
            if answer.status == 404 or not self.read(answer).get("workspaces_enabled"):
                raise mlflow_errors.no_workspaces(self.where)
        return self._way

    def _foreign(self) -> NotMlflow:
        return NotMlflow(f"{self.where} does not answer as MLflow does", cause="it answers with other JSON")

    def read(self, answer: Answer) -> Json:
        """Return the JSON object of a success; raise what an error answer means, JSON or not."""
        try:
            content = json.loads(answer.body) if answer.media_type == "application/json" else None
        except ValueError:
            content = None
        if isinstance(content, dict) and answer.status == 200:
            return content
        if not isinstance(content, dict):
            text = self._way.hide(answer.text)
            raise mlflow_errors.from_answer(answer.status, answer.media_type, text, self.where)
        code, message = str(content.get("error_code", "")), self._way.hide(str(content.get("message", "")))
        if not code:
            raise mlflow_errors.from_answer(answer.status, answer.media_type, message, self.where)
        raise mlflow_errors.from_code(code, message, self.where)
