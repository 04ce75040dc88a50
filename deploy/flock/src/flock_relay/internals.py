"""What the bridge uses of Flock although Flock does not promise it. No other file does.

``probe`` looks for all of it when the bridge is attached, so that another version of Flock
is rejected with a message, instead of losing webhooks later.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Set
from importlib import import_module
from importlib.metadata import version
from typing import Any, Protocol

from fastapi import FastAPI
from flock.application import FlockApplication, WorkflowContext
from flock.core import Agent, Flock
from flock.core.artifacts import Artifact
from flock.core.visibility import PublicVisibility, Visibility
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Scope

from flock_relay.idle import IdleTracker
from flock_relay.workflows import MayRead

TESTED_VERSIONS = ("0.5.700",)
"""The versions of flock-core with which the bridge was tested."""

_ARTIFACTS = "flock.components.server.artifacts.artifacts_component"
_LEGACY = "flock.api.service"

REQUIRED: tuple[tuple[str, str], ...] = (
    ("flock.core", "Flock.add_server_component"),
    (_ARTIFACTS, "ArtifactsComponent._resolve_identity"),
    (_ARTIFACTS, "ArtifactsComponent._is_anonymous"),
    (_ARTIFACTS, "ArtifactsComponent._allows_anonymous"),
    (_ARTIFACTS, "ArtifactsComponent.register_routes"),
    (_LEGACY, "BlackboardHTTPService._register_routes"),
)
"""Module and attribute of each name that must exist."""

_COMPONENTS_PUBLISH = (_ARTIFACTS, "ArtifactsComponent.register_routes.<locals>.publish_artifact")
_COMPONENTS_LIST = (_ARTIFACTS, "ArtifactsComponent.register_routes.<locals>.list_artifacts")
_LEGACY_PUBLISH = (
    (_LEGACY, "BlackboardHTTPService._register_routes.<locals>.publish_artifact"),
    (_LEGACY, "BlackboardHTTPService._register_routes.<locals>.publish_sync"),
)
_PUBLISH = frozenset((_COMPONENTS_PUBLISH, *_LEGACY_PUBLISH))


class IncompatibleFlock(RuntimeError):
    """The installed flock-core lacks something that the bridge needs."""


def probe(required: Iterable[tuple[str, str]] = REQUIRED) -> None:
    """Raise ``IncompatibleFlock`` if a name, or a route of the artifacts component, is missing."""
    for module, path in required:
        try:
            found = import_module(module)
        except ImportError:
            raise _missing(module) from None
        _attribute(found, path, f"{module}.{path}")
    app = FastAPI()
    import_module(_ARTIFACTS).ArtifactsComponent().register_routes(app, None)
    routes = publish_routes(app)
    if not routes:
        raise _missing(".".join(_COMPONENTS_PUBLISH))
    reader(app, routes[0])


def publish_routes(app: FastAPI) -> list[Route]:
    """The publish routes of Flock itself in ``app``, under any prefix; not those of mounted applications."""
    return [route for route in app.router.routes if isinstance(route, Route) and _name(route.endpoint) in _PUBLISH]


def reader(app: FastAPI, publish: Route) -> Callable[[Scope], MayRead]:
    """Says what the caller of a request to ``publish`` may read, by the rule of the route that lists artifacts.

    Raises ``IncompatibleFlock`` if that rule cannot be found.
    """
    if _name(publish.endpoint) in _LEGACY_PUBLISH:
        return lambda scope: everything  # The older stack enforces no visibility.
    component = _artifacts_component(app, publish.path)

    def anonymous(visibility: Visibility) -> bool:
        return bool(component._allows_anonymous(visibility))

    def resolve(scope: Scope) -> MayRead:
        if not component.config.enforce_visibility:
            return everything
        identity = component._resolve_identity(Request(scope))
        if component._is_anonymous(identity):
            return anonymous
        # A copy, because an application may use one object for all its callers.
        identity = identity.model_copy(update={"labels": set(identity.labels)})
        return lambda visibility: bool(visibility.allows(identity))

    return resolve


def everything(visibility: Visibility) -> bool:
    """The reader from whom nothing is withheld."""
    return True


def only_public(visibility: Visibility) -> bool:
    """The reader of public artifacts."""
    return isinstance(visibility, PublicVisibility)


def serving_route() -> str | None:
    """The publish route of Flock that runs the current code; None if another program publishes."""
    frame = sys._getframe(1)
    while frame is not None:
        name = (frame.f_globals.get("__name__", ""), frame.f_code.co_qualname)
        if name in _PUBLISH:
            return name[1].split(".")[0]
        frame = frame.f_back  # type: ignore[assignment]
    return None


def _artifacts_component(app: FastAPI, path: str) -> Any:
    """The component whose route lists the artifacts at ``path``."""
    for route in app.router.routes:
        if isinstance(route, Route) and route.path == path and _name(route.endpoint) == _COMPONENTS_LIST:
            endpoint: Any = route.endpoint
            names = endpoint.__code__.co_freevars
            if "self" not in names:
                break
            component = endpoint.__closure__[names.index("self")].cell_contents
            if hasattr(component.config, "enforce_visibility"):
                return component
    raise _missing(f"{'.'.join(_COMPONENTS_LIST)} with the variable self and its config.enforce_visibility")


def _name(endpoint: Any) -> tuple[str, str]:
    return getattr(endpoint, "__module__", ""), getattr(endpoint, "__qualname__", "")


def _attribute(owner: Any, path: str, name: str) -> Any:
    """The attribute of ``owner`` at a dotted path. Raises ``IncompatibleFlock``, which calls it ``name``."""
    try:
        for each in path.split("."):
            owner = getattr(owner, each)
    except AttributeError:
        raise _missing(name) from None
    return owner


def _made(module: str, name: str, arguments: Iterable[str]) -> Any:
    """An object of a class, to look at its attributes. Raises ``IncompatibleFlock``."""
    make = _attribute(import_module(module), name, f"{module}.{name}")
    try:
        return make(**dict.fromkeys(arguments))
    except (TypeError, AttributeError):
        raise _missing(f"{module}.{name}({', '.join(arguments)})") from None


def _missing(name: str) -> IncompatibleFlock:
    tested = ", ".join(TESTED_VERSIONS)
    return IncompatibleFlock(
        f"flock-core {version('flock-core')} has no {name}, which flock-relay-bridge needs. "
        f"Install a version with which the bridge was tested: {tested}"
    )


# What is under way in a served Flock.

_FLOCK = (
    "_artifact_manager.persist_and_schedule",
    "_scheduler.schedule_task",
    "_component_runner.run_artifact_published",
    "_component_runner.run_before_agent_schedule",
    "_artifact_collector._waiting_pools",
    "_correlation_engine.correlation_groups",
    "_correlation_engine.global_sequence",
    "_batch_engine.batches",
)
"""Attributes of an object of class Flock that must exist."""

_JOINS, _BATCHES = "flock.orchestrator.correlation_engine", "flock.orchestrator.batch_accumulator"
_GROUP_ARGUMENTS = ("correlation_key", "required_types", "type_counts", "window_spec", "created_at_sequence")


def observe_publications(flock: Flock, observe: Callable[[Flock, Artifact], None]) -> None:
    """Call ``observe`` for each artifact that ``flock`` has stored, before any component sees it.

    Wraps a method of the object. A component of ours would be told the same, but Flock
    calls all hooks of every component, with a log record each, for every artifact and task:
    some 4 % of a request. A publication listener makes Flock hold one lock while it stores.

    ``observe`` must return at once and never raise. Call ``count_work`` before, which checks
    that the method exists.
    """
    observed: Any = flock
    runner = observed._component_runner
    run_artifact_published = runner.run_artifact_published

    def observed_first(orchestrator: Flock, artifact: Artifact) -> Awaitable[Artifact | None]:
        observe(flock, artifact)
        passed_on: Awaitable[Artifact | None] = run_artifact_published(orchestrator, artifact)
        return passed_on

    runner.run_artifact_published = observed_first


def count_work(flock: Flock, tracker: IdleTracker) -> None:
    """Report every publication and every agent task of ``flock`` to ``tracker``, from now on.

    Wraps methods of the object. Flock's listeners and components do not tell enough: a
    publication listener makes Flock hold one lock while it stores an artifact, a task
    outcome carries no artifacts, and batch time-outs schedule tasks without any hook.

    Raises ``IncompatibleFlock``.
    """
    for path in _FLOCK:
        _attribute(flock, path, f"flock.core.Flock().{path}")
    group = _made(_JOINS, "CorrelationGroup", _GROUP_ARGUMENTS)
    _attribute(group, "waiting_artifacts", f"{_JOINS}.CorrelationGroup().waiting_artifacts")
    _attribute(group, "is_expired", f"{_JOINS}.CorrelationGroup().is_expired")
    batch = _made(_BATCHES, "BatchAccumulator", ("batch_spec", "created_at"))
    _attribute(batch, "artifacts", f"{_BATCHES}.BatchAccumulator().artifacts")
    _count_publications(flock, tracker)
    _count_tasks(flock, tracker)
    _count_decisions(flock, tracker)


def _count_publications(flock: Any, tracker: IdleTracker) -> None:
    manager = flock._artifact_manager
    persist_and_schedule = manager.persist_and_schedule

    async def counted(artifact: Artifact) -> None:
        workflow = artifact.correlation_id
        if workflow is None:
            await persist_and_schedule(artifact)
            return
        tracker.begin(workflow)
        try:
            await persist_and_schedule(artifact)
        except asyncio.CancelledError:
            tracker.cut_off([workflow])
            raise
        finally:
            tracker.end(workflow)

    manager.persist_and_schedule = counted


def _count_tasks(flock: Any, tracker: IdleTracker) -> None:
    scheduler = flock._scheduler
    schedule_task = scheduler.schedule_task

    def counted(agent: Agent, artifacts: list[Artifact], is_batch: bool = False) -> asyncio.Task[Any] | None:
        task: asyncio.Task[Any] | None = schedule_task(agent, artifacts, is_batch=is_batch)
        workflows = _workflows(artifacts)
        if task is None:  # Flock is shutting down and accepts no tasks.
            tracker.cut_off(workflows)
            return None
        for workflow in workflows:
            tracker.begin(workflow)

        def ended(task: asyncio.Task[Any]) -> None:
            # Without a request to cancel it, an engine let a CancelledError of its own escape: it has failed.
            if task.cancelled() and task.cancelling():
                tracker.cut_off(workflows)
            for workflow in workflows:
                tracker.end(workflow)

        task.add_done_callback(ended)
        return task

    scheduler.schedule_task = counted


def _count_decisions(flock: Any, tracker: IdleTracker) -> None:
    runner = flock._component_runner
    run_before_agent_schedule = runner.run_before_agent_schedule

    async def counted(orchestrator: Flock, agent: Agent, artifacts: list[Artifact]) -> list[Artifact] | None:
        # Artifacts of other workflows may have just left a join, an AND gate or a batch. They
        # have no task yet while components decide about them, which may take time.
        workflows = _workflows(artifacts)
        for workflow in workflows:
            tracker.begin(workflow)
        try:
            scheduled: list[Artifact] | None = await run_before_agent_schedule(orchestrator, agent, artifacts)
        finally:
            for workflow in workflows:
                tracker.end(workflow)
        return scheduled

    runner.run_before_agent_schedule = counted


def _workflows(artifacts: list[Artifact]) -> tuple[str, ...]:
    """The distinct correlation ids. Read when the work begins, because an engine may change its inputs."""
    if len(artifacts) == 1:
        workflow = artifacts[0].correlation_id
        return () if workflow is None else (workflow,)
    return tuple({artifact.correlation_id for artifact in artifacts if artifact.correlation_id is not None})


def waiting_workflows(flock: Flock, among: Set[str]) -> set[str]:
    """Those of the workflows ``among`` that have an artifact waiting in a join, an AND gate or a batch."""
    found: set[str] = set()
    for artifact in _waiting_artifacts(flock):
        workflow = artifact.correlation_id
        if workflow is not None and workflow in among:
            found.add(workflow)
            if len(found) == len(among):
                break
    return found


def _waiting_artifacts(flock: Any) -> Iterator[Artifact]:
    for pool in flock._artifact_collector._waiting_pools.values():
        for artifacts in pool.values():
            yield from artifacts
    joins = flock._correlation_engine
    for groups in joins.correlation_groups.values():
        for group in groups.values():
            # The next artifact finds an expired group and replaces it, whether Flock has removed
            # it by then or not: after a request to /sync, Flock does not remove expired groups.
            if not group.is_expired(joins.global_sequence + 1):
                for artifacts in group.waiting_artifacts.values():
                    yield from artifacts
    for batch in flock._batch_engine.batches.values():
        yield from batch.artifacts


# The workflows of a FlockApplication.

_APPLICATION = "flock.application.application"


class WorkflowObserver(Protocol):
    """Is shown one workflow of a FlockApplication. No method may wait or raise."""

    def admitted(self) -> None:
        """Nothing of the workflow has run yet."""

    def published(self, artifact: Artifact, *, exposed: bool) -> None:
        """An artifact was stored; ``exposed``: it is an output that the access policy lets the caller see."""

    def ended(self, status: str) -> None:
        """Nothing more runs; ``status``: "succeeded", "failed", "cancelled" or "timed_out"."""


def observe_workflows(
    application: FlockApplication,
    choose: Callable[[WorkflowContext], WorkflowObserver | None],
    flush: Callable[[], Awaitable[None]],
) -> None:
    """Show every workflow that ``application`` admits from now on to the observer that ``choose`` returns for it.

    ``choose`` is called before the workflow is admitted; what it raises reaches the caller, and
    the workflow does not run. ``flush`` is awaited at the end of ``application.shutdown()``.
    Wraps methods of the object.

    Raises ``IncompatibleFlock``.
    """
    observed: Any = application
    _attribute(observed, "_admit", f"{_APPLICATION}.FlockApplication()._admit")
    workflow = _made(_APPLICATION, "_Workflow", ("app", "value", "context", "deadline"))
    for path in ("on_publish", "outputs", "result", "driver"):
        _attribute(workflow, path, f"{_APPLICATION}._Workflow().{path}")
    admit, shutdown = observed._admit, observed.shutdown

    async def admit_and_observe(value: Any, context: WorkflowContext, timeout: float | None) -> Any:
        observer = choose(context)
        workflow = await admit(value, context, timeout)
        # The workflow is admitted, and its task has not run yet: nothing suspends in between.
        if observer is not None:
            _observe(workflow, observer)
        return workflow

    async def shut_down_and_flush(grace: float | None = None) -> None:
        try:
            await shutdown(grace)
        finally:
            # The end of a workflow is shown in a callback, which is due now.
            await asyncio.sleep(0)
            await flush()

    observed._admit, observed.shutdown = admit_and_observe, shut_down_and_flush


def _observe(workflow: Any, observer: WorkflowObserver) -> None:
    on_publish = workflow.on_publish

    def publish(artifact: Artifact) -> None:
        # The access policy is the application's own code: it is not called a second time.
        exposed = len(workflow.outputs)
        on_publish(artifact)
        observer.published(artifact, exposed=len(workflow.outputs) > exposed)

    def end(driver: asyncio.Task[Any]) -> None:
        if workflow.result is not None:
            observer.ended(workflow.result.status.value)
        else:
            observer.ended("cancelled" if driver.cancelled() else "failed")

    observer.admitted()
    workflow.on_publish = publish
    workflow.driver.add_done_callback(end)
