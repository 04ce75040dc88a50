"""An OTLP/HTTP endpoint that reads export requests with the parser of opentelemetry-proto."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from http_server import LoopbackServer, PostHandler


@dataclass(frozen=True)
class ExportedSpan:
    """One span, and the attributes of the process that made it."""

    raw: Span
    resource: dict[str, Any]

    @property
    def attributes(self) -> dict[str, Any]:
        return _values(self.raw.attributes)

    @property
    def service(self) -> str:
        return self.resource["service.name"]

    @property
    def trace_id(self) -> str:
        return self.raw.trace_id.hex()

    @property
    def span_id(self) -> str:
        return self.raw.span_id.hex()

    @property
    def parent_id(self) -> str:
        """Empty for the first span of a trace."""
        return self.raw.parent_span_id.hex()

    @property
    def is_error(self) -> bool:
        return self.raw.status.code == 2


def _values(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pair: KeyValue
    for pair in pairs:
        assert pair.key not in found, f"{pair.key} occurs twice"
        found[pair.key] = getattr(pair.value, pair.value.WhichOneof("value"))
    return found


class Collector(LoopbackServer):
    """Takes export requests on a free port and answers each with a status. A context manager.

    ``status`` may be changed at any time; ``None`` never answers.
    """

    def __init__(self, status: int | None = 200, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.requests: list[dict[str, str]] = []
        """The headers of every request, with lower-case names; the path as ``:path``."""
        self.bodies: list[bytes] = []
        self._spans: list[ExportedSpan] = []
        self._changed = threading.Condition()
        self._closing = threading.Event()
        collector = self

        class Handler(PostHandler):
            def do_POST(self) -> None:
                received, body = self.read()
                status = collector._take({":path": self.path, **received}, body)
                if status is None:
                    collector._closing.wait()
                    self.close_connection = True
                    return
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

        super().__init__(Handler)

    def __exit__(self, *exception: object) -> None:
        self._closing.set()
        super().__exit__(*exception)

    @property
    def endpoint(self) -> str:
        """The base URL."""
        return self.address

    def spans(self) -> list[ExportedSpan]:
        """The spans of all requests that were answered with 200."""
        with self._changed:
            return list(self._spans)

    def wait_until(
        self, enough: Callable[[list[ExportedSpan]], bool], *, timeout: float = 30
    ) -> list[ExportedSpan]:
        """Wait until ``enough`` accepts the spans; fails after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not enough(self._spans):
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{len(self._spans)} spans after {timeout} s: not enough")
            return list(self._spans)

    def wait(self, count: int, *, timeout: float = 30) -> list[ExportedSpan]:
        """Wait for ``count`` spans."""
        return self.wait_until(lambda spans: len(spans) >= count, timeout=timeout)

    def wait_for_request(self, count: int = 1, *, timeout: float = 30) -> None:
        """Wait for a number of requests, however they are answered."""
        deadline = time.monotonic() + timeout
        while len(self.requests) < count:
            assert time.monotonic() < deadline, f"{len(self.requests)} requests after {timeout} s"
            time.sleep(0.01)

    def _take(self, headers: dict[str, str], body: bytes) -> int | None:
        with self._changed:
            self.requests.append(headers)
            self.bodies.append(body)
            if self.status == 200:
                request = ExportTraceServiceRequest.FromString(body)
                for group in request.resource_spans:
                    resource = _values(group.resource.attributes)
                    for scope in group.scope_spans:
                        self._spans += [ExportedSpan(span, resource) for span in scope.spans]
            self._changed.notify_all()
            return self.status
