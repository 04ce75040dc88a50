"""A receiver with OpenTelemetry on, as a web framework's instrumentation makes its spans."""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from http_server import LoopbackServer, PostHandler
from receiver import Delivery


class TracedReceiver(LoopbackServer):
    """Answers the first attempts of each artifact with ``failures``, then 200. A context manager."""

    def __init__(self, endpoint: str, failures: tuple[int, ...] = (), path: str = "/hook") -> None:
        self.path = path
        self.deliveries: list[Delivery] = []
        provider = TracerProvider(resource=Resource.create({"service.name": "receiver"}))
        provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
        tracer = provider.get_tracer("receiver")
        self._provider = provider
        receiver = self

        class Handler(PostHandler):
            def do_POST(self) -> None:
                headers, body = self.read()
                parent = TraceContextTextMapPropagator().extract(headers)
                attempt = int(headers["x-flock-attempt"])
                status = failures[attempt - 1] if attempt <= len(failures) else 200
                with tracer.start_as_current_span("POST /hook", context=parent, kind=SpanKind.SERVER) as span:
                    span.set_attribute("http.response.status_code", status)
                    receiver.deliveries.append(Delivery(self.path, headers, body))
                self.answer(status)

        super().__init__(Handler)

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self._provider.shutdown()

    @property
    def url(self) -> str:
        return f"{self.address}{self.path}"
