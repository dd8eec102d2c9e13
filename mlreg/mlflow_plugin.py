"""MLFLOW_TRACKING_AUTH=mlreg: requests of MLflow's client carry what mlreg knows for their address, and no other.

MLflow loads this module at every import, wherever mlreg is installed: so it imports next to nothing and never fails.
What it needs is imported with the first request.
"""

from __future__ import annotations

from _thread import allocate_lock

TYPE_CHECKING = False  # typing and threading each take longer to import than all of this
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mlreg.runtime.programs import InProgram

    Headers = Mapping[str, str]


class AuthProvider:
    """What MLflow makes of the entry point; it asks for `get_auth` before each request."""

    def __init__(self) -> None:
        self._auth = Auth()

    def get_name(self) -> str:
        """The value of MLFLOW_TRACKING_AUTH that means this provider."""
        return "mlreg"

    def get_auth(self) -> Auth:
        """Return what `requests` takes as `auth`."""
        return self._auth


class Auth:
    """`requests` calls it with each request that is about to be sent, in whichever thread.

    Values of secrets stay in memory, each as long as it is good; an error keeps nothing.
    """

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._inside: InProgram | None = None

    def __call__(self, request: Any) -> Any:
        given = self.headers(request.url)
        request.headers.update(given or {})
        request.register_hook("response", Answered(self, request, given))
        return request

    def headers(self, url: str) -> Headers | None:
        """Return the credentials for a URL, None where mlreg knows no tracker; raises mlreg's errors, in one line."""
        with self._lock:
            return self._ask(url)

    def other_headers(self, url: str, refused: Headers | None) -> Headers | None:
        """Return them looked up anew, unless another thread has done that since these were refused."""
        with self._lock:
            if self._ask(url) == refused:
                self._inside = None
            return self._ask(url)

    def _ask(self, url: str) -> Headers | None:
        from mlreg.core.errors import Failed, MlregError

        try:
            from mlreg.runtime.programs import InProgram

            self._inside = self._inside or InProgram()
            return self._inside.request_headers(url)
        except MlregError as error:
            self._inside = None
            raise type(error)(f"mlreg: {error}") from None
        except ImportError as error:
            raise Failed("mlreg: a part of it is not installed here", cause=str(error)) from error


class Answered:
    """What is done with an answer to a request: one more try where new credentials may help, none sent elsewhere."""

    def __init__(self, auth: Auth, request: Any, given: Headers | None) -> None:
        self._auth = auth
        self._url: str = request.url
        self._given = given
        self._start = request.body.tell() if hasattr(request.body, "seek") else None

    def __call__(self, response: Any, **settings: Any) -> Any:
        request = response.request
        if response.status_code == 401 and self._is_here(response.url):
            response = self._again(response, settings)
        if response.is_redirect and not self._is_here(response.headers["location"]):
            for name in self._given or ():  # requests itself takes away no header but Authorization
                request.headers.pop(name, None)
        return response

    def _is_here(self, url: str) -> bool:
        from urllib.parse import urljoin

        from mlreg.core.addresses import origin

        return origin(urljoin(self._url, url)) == origin(self._url)

    def _again(self, response: Any, settings: Mapping[str, Any]) -> Any:
        """Ask again with other credentials, if there are any now; what was refused has not been carried out."""
        request = response.request
        fresh = self._auth.other_headers(self._url, self._given)
        if fresh is None and "Authorization" not in request.headers:
            raise self._unknown()
        if not fresh or fresh == self._given or not self._rewound(request.body):
            return response
        self._given = fresh
        response.content  # noqa: B018 - what is read to its end frees its connection
        response.close()
        again = request.copy()
        again.headers.update(fresh)
        answer = response.connection.send(again, **settings)
        answer.history.append(response)
        answer.request = again
        return answer

    def _rewound(self, body: Any) -> bool:
        """Tell whether a body can be sent once more, from where it began."""
        if self._start is not None:
            body.seek(self._start)
        return self._start is not None or body is None or isinstance(body, (bytes, str))

    def _unknown(self) -> Exception:
        from mlreg.core.addresses import origin
        from mlreg.core.errors import NotAllowed

        return NotAllowed(
            f"mlreg: no tracker is registered at {origin(self._url)}, so no credentials were sent there",
            cause="the server wants some",
            hint="mlreg tracker register NAME URL",
        )
