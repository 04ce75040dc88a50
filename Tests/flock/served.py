"""Real servers within the process of the tests, for applications that a test builds itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx
import uvicorn
from flock import Flock
from flock.api.base_service import BaseHTTPService
from flock.components.server import ArtifactComponentConfig, ArtifactsComponent, ServerComponent

PREFIX = "/api/v1/"


def components_service(
    flock: Flock, *components: ServerComponent, prefix: str = PREFIX, **config: Any
) -> BaseHTTPService:
    """The components stack with its artifact routes, and with more components."""
    artifacts = ArtifactsComponent(config=ArtifactComponentConfig(prefix=prefix, **config))
    return BaseHTTPService(flock).add_components([artifacts, *components])


class Served:
    """Serves an ASGI application on a free port, in a thread of its own. A context manager."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
        self._thread = threading.Thread(target=asyncio.run, args=(self._server.serve(),), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            self._thread.join(0.01)
        host, port = self._server.servers[0].sockets[0].getsockname()
        self.address = (host, port)
        self.client = httpx.Client(base_url=f"http://{host}:{port}", timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join()
