import Testing

import Telemetry

@Suite struct TelemetryTests {}
