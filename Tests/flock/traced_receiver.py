"""A receiver with OpenTelemetry on, as a web framework's instrumentation makes its spans."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from receiver import Delivery


class TracedReceiver:
    """Answers the first attempts of each artifact with ``failures``, then 200. A context manager."""

    def __init__(self, endpoint: str, failures: tuple[int, ...] = (), path: str = "/hook") -> None:
        self.path = path
        self.deliveries: list[Delivery] = []
        provider = TracerProvider(resource=Resource.create({"service.name": "receiver"}))
        provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
        tracer = provider.get_tracer("receiver")
        self._provider = provider
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                parent = TraceContextTextMapPropagator().extract(headers)
                attempt = int(headers["x-flock-attempt"])
                status = failures[attempt - 1] if attempt <= len(failures) else 200
                with tracer.start_as_current_span("POST /hook", context=parent, kind=SpanKind.SERVER) as span:
                    span.set_attribute("http.response.status_code", status)
                    receiver.deliveries.append(Delivery(self.path, headers, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *values: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._provider.shutdown()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"
