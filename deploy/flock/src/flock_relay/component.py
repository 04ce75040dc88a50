"""Flock's extension point for servers, connected directly to the bridge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from flock.components.server import ServerComponent
from pydantic import PrivateAttr

NAME = "flock_relay"

LAST = 1_000_000
"""Priority: after every other component has added its routes."""


class RouteInstaller(ServerComponent):
    """Installs the bridge in each application that the components stack builds."""

    name: str | None = NAME
    priority: int = LAST
    _install: Callable[[FastAPI], None] = PrivateAttr()

    def __init__(self, install: Callable[[FastAPI], None]) -> None:
        super().__init__()
        self._install = install

    def register_routes(self, app: Any, orchestrator: Any) -> None:
        """Called by Flock each time it configures an application."""
        self._install(app)
