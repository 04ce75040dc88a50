"""The server of ``app.py`` with OpenTelemetry on: Flock's own spans are exported over OTLP/HTTP.

    python traced_app.py --otlp URL ...

``URL`` is the base of the endpoint; the other options are those of ``app.py``.
"""

from __future__ import annotations

import asyncio
import os
import sys

# Before flock: it traces its own methods, and leaves a provider that is set already as it is.
os.environ["FLOCK_AUTO_TRACE"] = "true"
os.environ["FLOCK_DISABLE_TELEMETRY_AUTOSETUP"] = "1"

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def export_spans(endpoint: str) -> None:
    """Export the spans of this process."""
    provider = TracerProvider(resource=Resource.create({"service.name": "flock"}))
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=100))
    trace.set_tracer_provider(provider)


if __name__ == "__main__":
    position = sys.argv.index("--otlp")
    export_spans(sys.argv[position + 1])
    del sys.argv[position : position + 2]

    from app import main

    asyncio.run(main())
