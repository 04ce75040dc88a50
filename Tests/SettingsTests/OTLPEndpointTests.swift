import Domain
import Settings
import Testing
import TraceExport

@Suite struct OTLPEndpointTests {
    @Test("The setting is a base URL, from every source, and wins over OpenTelemetry's own variables")
    func sources() async throws {
        let variable = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318"]
        let other = variable.merging(["FLOCK_RELAY_OTLP_ENDPOINT": "http://env:4318/x"]) { $1 }
        func endpoint(_ commandLine: [String: String], _ environment: [String: String], _ file: String? = nil)
            async throws -> String?
        {
            try await SettingsHarness.read(commandLine: commandLine, environment: environment, file: file)
                .traceExport.endpoint?.text
        }
        #expect(try await endpoint([:], [:]) == nil)
        #expect(try await endpoint([:], variable) == "http://otel:4318/v1/traces")
        #expect(
            try await endpoint([:], ["OTEL_EXPORTER_OTLP_ENDPOINT": " http://otel:4318\n"])
                == "http://otel:4318/v1/traces")
        #expect(try await endpoint([:], variable, #"{"otlp-endpoint":"https://file"}"#) == "https://file/v1/traces")
        #expect(try await endpoint([:], other) == "http://env:4318/x/v1/traces")
        #expect(try await endpoint(["otlp-endpoint": "http://[::1]:1"], other) == "http://[::1]:1/v1/traces")
        #expect(try await endpoint(["otlp-endpoint": ""], other) == nil)
    }

    @Test(
        "A malformed setting stops the start",
        arguments: ["localhost:4318", "grpc://c:4317", "http://c/?q=1", "http://", "http://u:canary@c"])
    func malformed(_ text: String) async {
        let problem = await SettingsHarness.problem(commandLine: ["otlp-endpoint": text])
        #expect(problem.hasPrefix("otlp-endpoint (command line)"))
        #expect(problem.contains("must be an http:// or https:// URL") && !problem.contains("canary"))
    }

    @Test("A malformed variable of OpenTelemetry stops nothing")
    func malformedVariable() async throws {
        let found = try await SettingsHarness.read(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"])
        #expect(found.traceExport.endpoint == nil && found.traceExport.warnings.count == 1)
    }
}
