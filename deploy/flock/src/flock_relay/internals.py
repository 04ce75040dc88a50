"""What the bridge uses of Flock although Flock does not promise it. No other file does.

``probe`` looks for all of it when the bridge is attached, so that another version of Flock
is rejected with a message, instead of losing webhooks later.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from flock.core.visibility import PublicVisibility, Visibility
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Scope

from flock_relay.workflows import MayRead

TESTED_VERSIONS = ("0.5.700",)
"""The versions of flock-core with which the bridge was tested."""

_ARTIFACTS = "flock.components.server.artifacts.artifacts_component"
_LEGACY = "flock.api.service"

REQUIRED: tuple[tuple[str, str], ...] = (
    ("flock.components.orchestrator", "OrchestratorComponent.on_artifact_published"),
    ("flock.core", "Flock.add_component"),
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
            found: Any = import_module(module)
            for name in path.split("."):
                found = getattr(found, name)
        except (ImportError, AttributeError):
            raise _missing(f"{module}.{path}") from None
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


def _missing(name: str) -> IncompatibleFlock:
    tested = ", ".join(TESTED_VERSIONS)
    return IncompatibleFlock(
        f"flock-core {version('flock-core')} has no {name}, which flock-relay-bridge needs. "
        f"Install a version with which the bridge was tested: {tested}"
    )
