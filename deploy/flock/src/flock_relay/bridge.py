"""The bridge: decides which artifacts go to the relay, and with which webhook."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import weakref
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from typing import Any

from flock.api.base_service import BaseHTTPService
from flock.api.service import BlackboardHTTPService
from flock.core import Flock
from flock.core.artifacts import Artifact

from flock_relay.component import MiddlewareInstaller, observe_artifacts
from flock_relay.buffer import Line
from flock_relay.lines import PublishedArtifact, registration_line
from flock_relay.locations import candidates, is_trustworthy
from flock_relay.middleware import PUBLISH_ROUTES, RelayMiddleware
from flock_relay.outbound import Outbound
from flock_relay.publish_request import current_request
from flock_relay.quiet_log import QuietLog
from flock_relay.webhook import InvalidSecret, Webhook, check_secret
from flock_relay.workflows import Workflows

SECRET_VARIABLE = "FLOCK_RELAY_SECRET"

_logger = logging.getLogger("flock_relay")

_attached: weakref.WeakSet[Flock] = weakref.WeakSet()


class FlockRelay:
    """Gives a Flock server webhooks that flock-relay delivers.

    ``FlockRelay().attach(flock)`` before ``flock.serve()``, or ``.attach(service)``
    before ``service.run()``. Publishing never waits for the relay and never fails
    because of it.
    """

    def __init__(
        self,
        socket_path: str | os.PathLike[str] | None = None,
        *,
        secret: str | None = None,
        buffer_bytes: int = 64 * 1024 * 1024,
        flush_timeout: float = 5.0,
        all_artifacts: bool = False,
        routes: tuple[str, ...] = PUBLISH_ROUTES,
    ) -> None:
        """All arguments are optional; the defaults fit most servers.

        ``socket_path``: the relay's event socket. Default: FLOCK_RELAY_SOCKET, else the
        relay's default paths. ``secret``: signs for requests without a secret. Default:
        FLOCK_RELAY_SECRET, else the relay's own secret. ``buffer_bytes``: memory for lines
        that the relay has not acknowledged. ``flush_timeout``: seconds for which a stopping
        server waits for them. ``all_artifacts``: also send artifacts of workflows that were
        not registered here. ``routes``: the endings of the publish paths.

        Raises ``InvalidSecret`` or ``ValueError``.
        """
        self._candidates = candidates(socket_path, os.environ)
        self._flush_timeout = flush_timeout
        self._all_artifacts = all_artifacts
        self._routes = routes
        # Only artifacts of workflows that asked for a webhook go to the relay, unless
        # all_artifacts is set. Flock runs a workflow in the process that accepted its
        # request and does not resume it elsewhere or after a restart, so this process
        # knows every registration its artifacts can belong to. Any other artifact costs one
        # dictionary look-up, instead of being written, sent, and dropped by the relay as
        # unmatched. all_artifacts is for servers whose workflows are registered by other
        # means.
        self._workflows = Workflows()
        self._outbound = Outbound(
            self._connect, limit=buffer_bytes, logger=_logger, dropped=self._forget
        )
        self._secret = _default_secret(secret)
        self._log = QuietLog(_logger)
        self._unwritable = 0

    def attach(self, target: Flock | BlackboardHTTPService | BaseHTTPService) -> FlockRelay:
        """Attach to a Flock server. Call once, before it starts.

        ``target``: the ``Flock`` for ``flock.serve()``, a ``BlackboardHTTPService``, or
        a custom ``BaseHTTPService``. Raises ``TypeError`` for others, and
        ``ValueError`` if it is attached already.
        """
        match target:
            case Flock():
                flock = target
            case BaseHTTPService() | BlackboardHTTPService():
                flock = target.orchestrator
            case _:
                raise TypeError(
                    f"attach() takes a Flock, a BlackboardHTTPService or a BaseHTTPService, "
                    f"not {type(target).__name__}"
                )
        if flock in _attached:
            raise ValueError("this Flock is already attached to a flock-relay")
        match target:
            case Flock():
                target.add_server_component(MiddlewareInstaller(self._install))
            case BaseHTTPService():
                target.add_component(MiddlewareInstaller(self._install))
            case BlackboardHTTPService():
                self._install(target.app)
        observe_artifacts(flock, self._observe)
        _attached.add(flock)
        return self

    def flush(self, timeout: float | None = None) -> int:
        """Wait until the relay has acknowledged every line; return how many it has not.

        ``timeout``: seconds, ``flush_timeout`` by default. Runs automatically when the
        server stops. Call it in scripts that use Flock without a server.
        """
        return self._outbound.flush(self._flush_timeout if timeout is None else timeout)

    def close(self) -> None:
        """Disconnect from the relay. Unacknowledged lines are sent if the bridge is used again."""
        self._outbound.close()

    def counts(self) -> dict[str, int]:
        """Lines so far: accepted, pending, dropped, rejected (by code), unwritable."""
        counts = self._outbound.counts()
        counts["unwritable"] += self._unwritable
        return counts

    def _install(self, app: Any) -> None:
        app.add_middleware(RelayMiddleware, flush=self._flush_at_shutdown, routes=self._routes)

    async def _flush_at_shutdown(self) -> None:
        left = await asyncio.to_thread(self.flush)
        if left:
            _logger.warning(
                "flock-relay did not acknowledge %d events within %g s; they are lost with this process",
                left,
                self._flush_timeout,
            )

    def _observe(self, artifact: Artifact) -> None:
        """Called for each published artifact, in the publishing task: returns at once."""
        workflow = artifact.correlation_id
        if not workflow:
            return
        request = current_request.get()
        webhook = request.webhook if request is not None and request.claims(artifact) else None
        if webhook is not None:
            self._workflows.add(workflow)
        elif not (self._workflows.use(workflow) or self._all_artifacts):
            return
        if webhook is not None and webhook.secret is None:
            webhook = Webhook(webhook.url, self._secret)
        try:
            published = PublishedArtifact(artifact, webhook, copy_context())
        except Exception as error:
            self._report_unwritable(artifact, error)
            if webhook is not None:
                self._outbound.put(lambda: [registration_line(workflow, webhook)], _soon)
        else:
            self._outbound.put(published, _soon)

    def _forget(self, dropped: Line) -> None:
        """Stop sending artifacts of a workflow whose registration was dropped."""
        if dropped.is_registration:
            self._workflows.discard(dropped.workflow)

    def _report_unwritable(self, artifact: Artifact, error: Exception) -> None:
        self._unwritable += 1
        # Logs neither the artifact nor the error's text, which may quote it.
        message = "Artifact %s cannot be written for flock-relay: %s"
        self._log.warning("unwritable", message, artifact.id, type(error).__name__)

    def _connect(self) -> socket.socket:
        """A connection to the first candidate that answers. Raises ``OSError``."""
        failure: OSError = FileNotFoundError(errno.ENOENT, "no event socket found")
        for path in self._candidates:
            if not is_trustworthy(path):
                continue
            try:
                return _connected(path)
            except OSError as error:
                failure = OSError(error.errno, f"{error.strerror or error} ({path})")
        raise failure


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Non-blocking before connecting, so that a relay with a full backlog does not block.
        connection.setblocking(False)
        connection.connect(os.fspath(path))
    except BaseException:
        connection.close()
        raise
    return connection


def _soon(call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(call)


def _default_secret(secret: str | None) -> str | None:
    if secret is not None:
        return check_secret(secret)
    secret = os.environ.get(SECRET_VARIABLE)
    if secret is None:
        return None
    try:
        return check_secret(secret)
    except InvalidSecret as error:
        raise InvalidSecret(f"{SECRET_VARIABLE}: {error}") from None
