import Domain
import Testing
import TraceExport

@Suite struct TraceExportSettingsTests {
    private static let local = "http://localhost:4318"

    /// As if `otlp-endpoint` had this value, or its default.
    private func settings(_ environment: [String: String], explicit: String? = nil) -> TraceExportSettings {
        let text = explicit ?? environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? ""
        return TraceExportSettings(
            endpoint: OTLPEndpoint.base(text), isExplicit: explicit != nil, environment: environment)
    }

    @Test("Without an endpoint nothing is exported, and there are no warnings about the other variables")
    func off() {
        let found = settings(["OTEL_TRACES_SAMPLER": "nonsense", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"])
        #expect(found.endpoint == nil && found.warnings.isEmpty && found.variables.isEmpty)
    }

    static let endpointRows: [(explicit: String?, general: String?, specific: String?, used: String?)] = [
        (nil, "http://c:4318", nil, "http://c:4318/v1/traces"), (nil, "http://c:4318/", nil, "http://c:4318/v1/traces"),
        (nil, "https://c/otlp", nil, "https://c/otlp/v1/traces"),
        (nil, "https://c/otlp/", nil, "https://c/otlp/v1/traces"),
        (nil, nil, "http://t:1/p?q=1", "http://t:1/p?q=1"), (nil, "http://c", "http://t", "http://t/"),
        ("http://s:9", "http://c", "http://t", "http://s:9/v1/traces"), ("", "http://c", "http://t", nil),
    ]

    @Test("The setting wins over the variable for traces, and that over the general one", arguments: endpointRows)
    func endpoint(_ explicit: String?, _ general: String?, _ specific: String?, _ used: String?) {
        var environment: [String: String] = [:]
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = general
        environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = specific
        let found = settings(environment, explicit: explicit)
        #expect(found.endpoint?.text == used && found.warnings.isEmpty)
    }

    @Test(
        "A malformed endpoint in the environment is a warning, and nothing is exported",
        arguments: ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
        ["localhost:4318", "grpc://c:4317", "http://user:pw@c", "http://c:99999"])
    func malformedEndpoint(_ name: String, _ text: String) {
        let found = settings([name: text])
        #expect(found.endpoint == nil && found.warnings.count == 1)
        #expect(found.warnings.first?.hasPrefix(name) == true && found.warnings.first?.contains("pw") == false)
    }

    @Test("Variables end the export", arguments: [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")])
    func disabled(_ name: String, _ text: String) {
        let found = settings([name: text], explicit: Self.local)
        #expect(found.endpoint == nil && found.warnings.isEmpty)
        #expect(found.variables.contains { $0.name == name && $0.isSet })
    }

    @Test("Every variable has its effect")
    func effects() {
        let found = settings([
            "OTEL_EXPORTER_OTLP_ENDPOINT": Self.local, "OTEL_EXPORTER_OTLP_HEADERS": "a=1",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Authorization=Basic%20eDp5, x-team = b%2Cc ",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "3000", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "2500",
            "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25",
            "OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BSP_EXPORT_TIMEOUT": "7000", "OTEL_BSP_MAX_QUEUE_SIZE": "64",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "16", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        ])
        #expect(found.headers == [.init("Authorization", "Basic eDp5"), .init("x-team", "b,c")])
        #expect(found.requestTimeout == .milliseconds(2_500) && found.exportTimeout == .seconds(7))
        #expect(found.sampler == Sampler(ratio: 0.25, obeysParent: false))
        #expect(found.scheduleDelay == .milliseconds(100) && found.maxQueueSize == 64 && found.maxBatchSize == 16)
        #expect(found.warnings.isEmpty && found.resource.contains(.init("service.name", "flock-relay")))
    }

    static let malformedValues: [(name: String, text: String)] = [
        ("OTEL_SDK_DISABLED", "1"), ("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "-1"), ("OTEL_BSP_SCHEDULE_DELAY", "x"), ("OTEL_BSP_EXPORT_TIMEOUT", "x"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"), ("OTEL_BSP_MAX_QUEUE_SIZE", "99999999999999999999"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2049"), ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1,secret"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0D%0AX: y"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=secret%"), ("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Host=secret"), ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "=secret"),
    ]

    @Test(
        "A malformed value is one warning with its name and without secrets, and the default applies",
        arguments: malformedValues)
    func malformed(_ name: String, _ text: String) {
        let usual = settings([:], explicit: Self.local)
        let found = settings([name: text], explicit: Self.local)
        #expect(found.warnings.count == 1 && found.warnings.first?.hasPrefix("\(name) (environment) must be ") == true)
        #expect(found.warnings.first?.contains("secret") == false)
        #expect(found.endpoint == usual.endpoint && found.headers == usual.headers && found.sampler == usual.sampler)
        #expect(found.requestTimeout == usual.requestTimeout && found.resource == usual.resource)
        #expect(found.scheduleDelay == usual.scheduleDelay && found.exportTimeout == usual.exportTimeout)
        #expect(found.maxQueueSize == usual.maxQueueSize && found.maxBatchSize == usual.maxBatchSize)
    }

    @Test("A batch is never larger than the queue")
    func smallQueue() {
        let found = settings(["OTEL_BSP_MAX_QUEUE_SIZE": "10"], explicit: Self.local)
        #expect(found.maxQueueSize == 10 && found.maxBatchSize == 10 && found.warnings.isEmpty)
    }

    static let otherProtocols: [(environment: [String: String], endpoint: String, http: String)] = [
        (["OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"], "http://c:4317", "http://c:4318"),
        (["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"], "https://c.example", "https://c.example:4318"),
        (["OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"], "http://[::1]:4318", "http://[::1]:4318"),
        ([:], "http://c:4317", "http://c:4318"),
    ]

    @Test("A gRPC endpoint or another protocol is a warning that names the HTTP endpoint", arguments: otherProtocols)
    func grpc(_ environment: [String: String], _ endpoint: String, _ http: String) {
        let found = settings(environment, explicit: endpoint)
        #expect(found.warnings.count == 1 && found.warnings.first?.contains("usually \(http)") == true)
        #expect(found.endpoint != nil)
    }

    @Test(
        "A variable that the relay does not support is named",
        arguments: [
            ("COMPRESSION", "gzip"), ("CERTIFICATE", "/ca.pem"), ("CLIENT_KEY", "/key"), ("TRACES_COMPRESSION", "gzip"),
        ])
    func unsupported(_ suffix: String, _ text: String) {
        let name = "OTEL_EXPORTER_OTLP_\(suffix)"
        let found = settings([name: text], explicit: Self.local)
        #expect(found.warnings.count == 1 && found.warnings.first?.hasPrefix(name) == true)
        #expect(settings(["OTEL_EXPORTER_OTLP_COMPRESSION": "none"], explicit: Self.local).warnings.isEmpty)
    }

    @Test("check-config redacts headers and names the source of each value")
    func shown() throws {
        let environment = [
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Authorization=Bearer%20secret", "OTEL_BSP_MAX_QUEUE_SIZE": "64",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "10s",
        ]
        let found = settings(environment, explicit: Self.local).variables
        let headers = try #require(found.first { $0.name == "OTEL_EXPORTER_OTLP_TRACES_HEADERS" })
        #expect(headers.value == "Authorization=<redacted>" && headers.isSet)
        let queue = try #require(found.first { $0.name == "OTEL_BSP_MAX_QUEUE_SIZE" })
        #expect(queue.value == "64" && queue.isSet)
        let timeout = try #require(found.first { $0.name == "OTEL_EXPORTER_OTLP_TIMEOUT" })
        #expect(timeout.value == "10000" && !timeout.isSet)
        #expect(!found.contains { $0.value.contains("secret") })
    }
}
