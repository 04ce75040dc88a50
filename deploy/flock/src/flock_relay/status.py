"""The integrator's view: what the relay's status socket says of one workflow, for a caller with its token."""

from __future__ import annotations

import asyncio
import hmac
import http.client
import json
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from flock_relay.locations import is_trustworthy

KEY_VARIABLE = "FLOCK_RELAY_STATUS_KEY"
MIN_KEY_BYTES = 16

TIMEOUT = 2.0
"""Seconds for each step of a request to the status socket, and for the wait for a free thread."""

PAGE_PARAMETERS = ("from", "limit", "state")
"""The query parameters that a caller may pass to the relay: the page of deliveries."""

MAX_REQUESTS = 4
"""Requests to the status socket at a time."""


class WebhookNotFound(LookupError):
    """The token does not belong to the workflow, or the relay does not know the workflow."""


class InvalidPage(ValueError):
    """The relay does not accept the parameters of a page; the text says what to write instead."""


class RelayUnavailable(ConnectionError):
    """The relay's status socket gives no answer."""


class WebhookStatus:
    """Answers what the relay says of a workflow to a caller who has the token of that workflow."""

    def __init__(self, sockets: Sequence[Path], environment: Mapping[str, str]) -> None:
        """``sockets``: the status sockets to try, best first.

        Raises ``ValueError`` if the key in ``environment`` is too short.
        """
        key = environment.get(KEY_VARIABLE, "")
        if key and len(key.encode()) < MIN_KEY_BYTES:
            raise ValueError(
                f"{KEY_VARIABLE} has {len(key.encode())} bytes; use at least {MIN_KEY_BYTES}, "
                "for example the output of: openssl rand -hex 32"
            )
        self.has_shared_key = bool(key)
        """Whether other worker processes accept the tokens of this one."""
        self._code = hmac.new(key.encode() or secrets.token_bytes(32), digestmod="sha256")
        self._sockets = sockets
        self._threads = ThreadPoolExecutor(MAX_REQUESTS, thread_name_prefix="flock-relay-status")

    def token(self, workflow: str) -> str:
        """The token for ``workflow`` (a correlation id): an HMAC under the key of this server."""
        code = self._code.copy()
        code.update(workflow.encode("utf-8", "surrogatepass"))
        return code.hexdigest()

    async def document(self, workflow: str, token: str, page: Mapping[str, object]) -> bytes:
        """The JSON document of the relay's ``/correlations/{id}`` with the parameters ``page``.

        Raises ``WebhookNotFound``, ``InvalidPage`` or ``RelayUnavailable``.
        """
        if not hmac.compare_digest(self.token(workflow).encode(), token.encode("utf-8", "surrogatepass")):
            raise WebhookNotFound(f"no webhook of workflow {workflow} for this token")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(2 * TIMEOUT):
                status, body = await loop.run_in_executor(self._threads, self._ask, workflow, page)
        except (OSError, http.client.HTTPException) as error:  # A TimeoutError is an OSError.
            raise RelayUnavailable(f"flock-relay does not answer: {error}") from None
        if status == 404:
            raise WebhookNotFound(f"flock-relay does not know workflow {workflow}")
        if status == 400:
            raise InvalidPage(json.loads(body)["error"])
        if status != 200:
            raise RelayUnavailable(f"flock-relay answers {status}")
        return body

    async def answer(self, request: Request) -> Response:
        """The route: ``GET …/webhooks/{correlation_id}?token=…``, and ``from``, ``limit``, ``state``."""
        headers = {"Cache-Control": "no-store"}
        try:
            parameters = request.query_params
            page = {name: parameters[name] for name in PAGE_PARAMETERS if name in parameters}
            body = await self.document(request.path_params["correlation_id"], parameters.get("token", ""), page)
        except InvalidPage as error:
            return JSONResponse({"detail": str(error)}, 400, headers)
        except WebhookNotFound:
            return JSONResponse({"detail": "Not Found"}, 404, headers)
        except RelayUnavailable:
            return JSONResponse({"detail": "flock-relay does not answer; try again later"}, 503, headers)
        return Response(body, 200, headers, media_type="application/json")

    def _ask(self, workflow: str, page: Mapping[str, object]) -> tuple[int, bytes]:
        target = f"/correlations/{quote(workflow, safe='', errors='replace')}?{urlencode(page, errors='replace')}"
        failure: OSError = FileNotFoundError("no status socket found")
        for path in filter(is_trustworthy, self._sockets):
            connection = _StatusConnection(path)
            try:
                connection.request("GET", target)
                response = connection.getresponse()
                return response.status, response.read()
            except OSError as error:
                failure = error
            finally:
                connection.close()
        raise failure


class _StatusConnection(http.client.HTTPConnection):
    """HTTP over the Unix-domain socket at ``path``."""

    def __init__(self, path: Path) -> None:
        super().__init__("relay", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Raises ``OSError``."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(os.fspath(self._path))
