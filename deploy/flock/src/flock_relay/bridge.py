"""The bridge: attaches to a Flock server, and matches artifacts to the requests that asked for a webhook."""

from __future__ import annotations

import asyncio
import atexit
import errno
import multiprocessing
import os
import socket
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Set
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from fastapi import FastAPI
from flock.api.base_service import BaseHTTPService
from flock.api.service import BlackboardHTTPService
from flock.application import FlockApplication, WorkflowContext
from flock.core import Flock
from flock.core.artifacts import Artifact
from flock.core.visibility import Visibility
from starlette.routing import Route
from starlette.types import Scope

from flock_relay import internals
from flock_relay.application import ApplicationWorkflow, ChooseWebhook, requested_webhook, webhook_of_attributes
from flock_relay.component import RouteInstaller
from flock_relay.idle import IdleTracker
from flock_relay.locations import is_trustworthy, locate
from flock_relay.publish_request import PublishRequest, current_request
from flock_relay.publish_route import PublishRoute
from flock_relay.quiet_log import QuietLog
from flock_relay.registrations import InvalidSecret, check_secrets
from flock_relay.status import KEY_VARIABLE, WebhookStatus
from flock_relay.workflows import MayRead
from flock_relay.writer import EventWriter, logger

SECRET_VARIABLE = "FLOCK_RELAY_SECRET"

_attached: weakref.WeakSet[Flock | FlockApplication] = weakref.WeakSet()


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
        secret: str | Iterable[str] | None = None,
        visibility: Literal["caller", "public", "all"] = "caller",
        buffer_bytes: int = 64 * 1024 * 1024,
        max_workflows: int = 100_000,
        flush_timeout: float = 5.0,
        all_artifacts: bool = False,
        status_socket_path: str | os.PathLike[str] | None = None,
    ) -> None:
        """All arguments are optional; the defaults fit most servers.

        ``socket_path``: the relay's event socket. Default: FLOCK_RELAY_SOCKET, else the
        relay's default paths. ``secret``: signs for requests without a secret; several, the
        current one first, during a rotation. Default: FLOCK_RELAY_SECRET, else the relay's
        own secret. ``visibility``: which artifacts are sent: those that the caller may read
        over REST, those that are public, or all. ``buffer_bytes``: memory for lines that
        the relay has not acknowledged. ``max_workflows``: how many workflows with a webhook
        are remembered. ``flush_timeout``: seconds for which a stopping server waits for the
        relay. ``all_artifacts``: also send artifacts of workflows that were not registered
        here; of those only the public ones, unless ``visibility`` is "all".
        ``status_socket_path``: the relay's status socket. Default:
        FLOCK_RELAY_STATUS_SOCKET, else ``status.sock`` beside the event socket.

        Raises ``InvalidSecret`` or ``ValueError``.
        """
        if visibility not in ("caller", "public", "all"):
            raise ValueError(f'visibility must be "caller", "public" or "all", not {visibility!r}')
        self._visibility = visibility
        self._locations = locate(socket_path, status_socket_path, os.environ)
        self._flush_timeout = flush_timeout
        unregistered = internals.everything if visibility == "all" else internals.only_public
        self._writer = EventWriter(
            self._connect,
            secrets=_default_secrets(secret),
            buffer_bytes=buffer_bytes,
            max_workflows=max_workflows,
            unregistered=unregistered if all_artifacts else None,
        )
        self._status = WebhookStatus(self._locations.status, os.environ)
        self._applications: weakref.WeakSet[FastAPI] = weakref.WeakSet()
        self._trackers: weakref.WeakSet[IdleTracker] = weakref.WeakSet()  # Their Flocks keep them.
        self._max_workflows = max_workflows
        self._is_started = False
        self._log = QuietLog(logger)

    def attach(
        self,
        target: Flock | BlackboardHTTPService | BaseHTTPService | FlockApplication,
        *,
        webhook: ChooseWebhook | None = None,
    ) -> FlockRelay:
        """Attach to a Flock server or application. Call once, before it starts.

        ``target``: the ``Flock`` for ``flock.serve()``, a ``BlackboardHTTPService``,
        a custom ``BaseHTTPService``, or a ``FlockApplication``, of which every later ``run()``
        and ``stream()`` is covered. ``webhook``: only for an application; called with the
        context of each workflow before it starts, returns its ``Webhook`` or None. By default
        ``context.attributes["webhook_url"]`` and ``["webhook_secret"]`` name it.

        Raises ``TypeError`` for other targets, ``ValueError`` if it is attached already, and
        ``IncompatibleFlock`` if the bridge does not know this version of Flock.
        """
        if isinstance(target, FlockApplication):
            self._attach_application(target, webhook_of_attributes if webhook is None else webhook)
            return self
        if webhook is not None:
            raise TypeError(
                "attach(…, webhook=…) is for a FlockApplication: each request to a server names its own webhook"
            )
        match target:
            case Flock():
                flock = target
            case BaseHTTPService() | BlackboardHTTPService():
                flock = target.orchestrator
            case _:
                raise TypeError(
                    f"attach() takes a Flock, a BlackboardHTTPService, a BaseHTTPService or a FlockApplication, "
                    f"not {type(target).__name__}"
                )
        if flock in _attached:
            raise ValueError("this Flock is already attached to a flock-relay")
        internals.probe()
        tracker = self._track(flock)
        install = partial(self._install, flock)
        match target:
            case Flock():
                target.add_server_component(RouteInstaller(install))
            case BaseHTTPService(app=None):
                target.add_component(RouteInstaller(install))
            case BaseHTTPService(app=FastAPI() as app) | BlackboardHTTPService(app=app):
                install(app)
        internals.observe_publications(flock, partial(self._observe, tracker))
        _attached.add(flock)
        return self

    def _attach_application(self, application: FlockApplication, choose: ChooseWebhook) -> None:
        if application in _attached:
            raise ValueError("this FlockApplication is already attached to a flock-relay")

        def observer(context: WorkflowContext) -> ApplicationWorkflow | None:
            registration = requested_webhook(context, choose)
            if registration is None:
                return None
            outputs = application.contract.output_types
            return ApplicationWorkflow(context.workflow_id, registration, outputs, self._writer)

        internals.observe_workflows(application, observer, self._flush_at_shutdown)
        # Hosts such as Foundry's end without application.shutdown().
        atexit.register(_flush_at_exit, weakref.ref(self))
        _attached.add(application)

    def _track(self, flock: Flock) -> IdleTracker:
        """Know when a workflow of ``flock`` is idle. Holds no reference to it, except within its own methods."""
        reference = weakref.ref(flock)

        def waiting(among: Set[str]) -> set[str]:
            target = reference()
            return set() if target is None else internals.waiting_workflows(target, among)

        tracker = IdleTracker(waiting, lambda workflow: self._writer.complete(workflow, "idle"), self._max_workflows)
        internals.count_work(flock, tracker)
        self._trackers.add(tracker)
        return tracker

    @asynccontextmanager
    async def lifespan(self, app: object = None) -> AsyncIterator[None]:
        """The lifespan of a server: at its end the relay gets what it has not acknowledged.

        The bridge runs it by itself, unless the Flock application is mounted in another, whose
        server runs only the lifespan of the outer one: ``FastAPI(lifespan=relay.lifespan)``.
        """
        self._start()
        try:
            yield
        finally:
            await self._flush_at_shutdown()

    def flush(self, timeout: float | None = None) -> int:
        """Wait until the relay has acknowledged every line; return how many it has not.

        ``timeout``: seconds, ``flush_timeout`` by default. Runs automatically when the
        server stops. Call it in scripts that use Flock without a server.
        """
        return self._writer.flush(self._flush_timeout if timeout is None else timeout)

    def close(self) -> None:
        """Disconnect from the relay. Unacknowledged lines are sent if the bridge is used again."""
        self._writer.close()

    def counts(self) -> dict[str, int]:
        """Lines so far: accepted, pending, dropped by kind, rejected by code; and what was not sent.

        ``withheld``: artifacts that the caller may not read. ``unwritable``: artifacts that
        JSON cannot represent. ``forgotten_workflows``: more than ``max_workflows``.
        ``incomplete_workflows``: their completion was not sent, as an artifact was dropped.
        """
        return self._writer.counts()

    def webhook_token(self, correlation_id: str) -> str:
        """The token with which ``webhook_status`` and the route answer for this workflow."""
        return self._status.token(correlation_id)

    async def webhook_status(self, correlation_id: str, token: str, **page: object) -> bytes:
        """What the relay says of the workflow: its state and its deliveries, as a JSON document.

        For programs that have no Flock server with the route ``…/webhooks/{correlation_id}``.
        ``page``: ``limit`` (1 to 1000 deliveries, 100 by default), ``state`` (``"pending"``,
        ``"delivered"`` or ``"failed"``) and, as ``**{"from": n}``, the first sequence number,
        which is the ``next_sequence`` of the page before.
        Raises ``WebhookNotFound`` if the token is wrong or the relay does not know the
        workflow, ``InvalidPage``, and ``RelayUnavailable``.
        """
        return await self._status.document(correlation_id, token, page)

    def _install(self, flock: Flock, app: FastAPI) -> None:
        """Install the bridge in the publish routes of ``app``; again after Flock has configured it again."""
        routes = internals.publish_routes(app)
        if not routes:
            logger.warning("This application has no publish route of Flock: it offers no webhooks")
        prefixes = {route.path: route.path.removesuffix("/sync").removesuffix("/artifacts") for route in routes}
        for route in routes:
            if not isinstance(route.app, PublishRoute):
                route.app = PublishRoute(
                    route.app,
                    flock,
                    may_read=self._reader(app, route),
                    status_path=partial(self._status_path, prefixes[route.path]),
                    answered=self._writer.answered,
                )
        if app in self._applications:
            return
        self._applications.add(app)
        for prefix in set(prefixes.values()):
            path = f"{prefix}/webhooks/{{correlation_id:path}}"
            app.router.routes.insert(0, Route(path, self._status.answer, methods=["GET"]))
        app.router.lifespan_context = self._around(app.router.lifespan_context)

    def _reader(self, app: FastAPI, route: Route) -> Callable[[Scope], MayRead]:
        if self._visibility == "caller":
            return partial(self._rule, internals.reader(app, route))
        rule = internals.everything if self._visibility == "all" else internals.only_public
        return lambda scope: rule

    def _rule(self, reader: Callable[[Scope], MayRead], scope: Scope) -> MayRead:
        try:
            return reader(scope)
        except Exception as error:
            message = "The identity of a caller is unknown, so no artifact is sent: %s"
            self._log.warning("identity", message, type(error).__name__)
            return _nothing

    def _status_path(self, prefix: str, scope: Scope, workflow: str) -> str:
        path = f"{scope.get('root_path', '')}{prefix}/webhooks/{quote(workflow, safe='')}"
        return f"{path}?token={self._status.token(workflow)}"

    def _around(
        self, inner: Callable[[Any], AbstractAsyncContextManager[Any]]
    ) -> Callable[[Any], AbstractAsyncContextManager[Any]]:
        """The lifespan ``inner`` within that of the bridge: its agents end before the last flush."""

        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[Any]:
            async with self.lifespan(), inner(app) as state:
                yield state

        return lifespan

    def _start(self) -> None:
        self._is_started = True
        if _may_be_a_worker() and not self._status.has_shared_key:
            logger.warning(
                "This process may be one of several workers, which do not accept each other's "
                "tokens for X-Flock-Webhook-Status: set %s to the same value for all",
                KEY_VARIABLE,
            )

    async def _flush_at_shutdown(self) -> None:
        for tracker in self._trackers:
            tracker.check_now()
        await asyncio.to_thread(self._last_flush)

    def _last_flush(self) -> None:
        if left := self.flush():
            logger.warning(
                "flock-relay did not acknowledge %d events within %g s; they are lost with this process",
                left,
                self._flush_timeout,
            )

    def _observe(self, tracker: IdleTracker, flock: Flock, artifact: Artifact) -> None:
        """Called for each published artifact, in the publishing task: returns at once, never raises."""
        try:
            request = current_request.get()
            if request is None:
                if artifact.produced_by == "external":
                    self._warn_if_not_attached()
            elif request.claims(flock, artifact):
                self._register(tracker, request, artifact.correlation_id or "")
            self._writer.write(artifact, after_answer=request is not None and not request.has_ended)
        except Exception as error:
            self._log.warning("observe", "Artifact %s is not sent: %s", artifact.id, type(error).__name__)

    def _register(self, tracker: IdleTracker, request: PublishRequest, workflow: str) -> None:
        registration = request.registration
        if registration is None:
            return
        if not self._is_started:
            self._log.warning(
                "lifespan",
                "The lifespan of the Flock application does not run, probably because it is mounted in "
                "another: events may be lost when the server stops. Give the outer application "
                "lifespan=relay.lifespan, where relay is this FlockRelay",
            )
        self._writer.register(workflow, registration, request.may_read, after_answer=True)
        if registration.wants_completion:
            tracker.watch(workflow)
        else:
            tracker.unwatch(workflow)

    def _warn_if_not_attached(self) -> None:
        if (service := internals.serving_route()) is not None:
            self._log.warning(
                "not attached",
                "A request was published through a route of %s to which the bridge is not attached: "
                "its webhook fields have no effect. Call attach(service) instead of attach(flock)",
                service,
            )

    def _connect(self) -> socket.socket:
        """A connection to the first event socket that answers. Raises ``OSError``."""
        failure: OSError = FileNotFoundError(errno.ENOENT, "no event socket found")
        for path in self._locations.events:
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


def _may_be_a_worker() -> bool:
    """Whether a server such as uvicorn or gunicorn has started this process, and perhaps others like it."""
    is_gunicorn = os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")
    return is_gunicorn or multiprocessing.parent_process() is not None


def _flush_at_exit(reference: weakref.ref[FlockRelay]) -> None:
    if (relay := reference()) is not None:
        relay._last_flush()


def _nothing(visibility: Visibility) -> bool:
    return False


def _default_secrets(secret: str | Iterable[str] | None) -> tuple[str, ...]:
    if secret is not None:
        return check_secrets(secret)
    try:
        return check_secrets(os.environ.get(SECRET_VARIABLE))
    except InvalidSecret as error:
        raise InvalidSecret(f"{SECRET_VARIABLE}: {error}") from None
