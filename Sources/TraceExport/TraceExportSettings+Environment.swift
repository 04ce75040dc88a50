package import Domain

extension TraceExportSettings {
    private static let general = "OTEL_EXPORTER_OTLP_"
    private static let specific = "OTEL_EXPORTER_OTLP_TRACES_"

    /// - Parameters:
    ///   - endpoint: the setting `otlp-endpoint`.
    ///   - isExplicit: whether a source of settings names it; then it wins over the environment's `OTEL_…_ENDPOINT`.
    package init(endpoint: WebhookURL?, isExplicit: Bool, environment: [String: String]) {
        self.init()
        var variables = OTelVariables(environment)
        let target = Self.endpoint(endpoint, isExplicit: isExplicit, &variables)
        if let target {
            self.endpoint = Self.isOn(&variables) ? target : nil
            readRequests(&variables)
            readSampler(&variables)
            readResource(&variables)
            readBatches(&variables)
            Self.warn(aboutTransport: target, &variables)
        }
        warnings = variables.warnings
        self.variables = variables.shown
    }

    private static func isOn(_ variables: inout OTelVariables) -> Bool {
        let isDisabled = variables.read("OTEL_SDK_DISABLED", default: false, form: "true or false") {
            Bool($0.lowercased())
        }
        let exporter = variables.read("OTEL_TRACES_EXPORTER", default: "otlp", form: "otlp or none") {
            ["otlp", "none"].contains($0) ? $0 : nil
        }
        return !isDisabled && exporter != "none"
    }

    /// The URL of an explicit setting and of the general variable is a base; that of the specific one is used as it is.
    private static func endpoint(
        _ setting: WebhookURL?, isExplicit: Bool, _ variables: inout OTelVariables
    ) -> WebhookURL? {
        if isExplicit { return setting.map(OTLPEndpoint.traces) }
        if let found = variables.find([specific + "ENDPOINT"]) {
            if let url = try? WebhookURL(found.text) { return url }
            variables.warn("\(found.name) (environment) must be \(OTLPEndpoint.form); spans are not exported")
            return nil
        }
        if let found = variables.find([general + "ENDPOINT"]), OTLPEndpoint.base(found.text) == nil {
            variables.warn("\(found.name) (environment) must be \(OTLPEndpoint.form); spans are not exported")
        }
        return setting.map(OTLPEndpoint.traces)
    }

    private mutating func readRequests(_ variables: inout OTelVariables) {
        headers = variables.read(
            Self.specific + "HEADERS", Self.general + "HEADERS", default: [],
            form: "name=value,…, percent-encoded, without headers that OTLP itself needs",
            show: { $0.isEmpty ? "none" : $0.map { "\($0.name)=<redacted>" }.joined(separator: ",") },
            parse: OTelList.headers)
        requestTimeout = variables.milliseconds(
            Self.specific + "TIMEOUT", Self.general + "TIMEOUT", default: requestTimeout)
    }

    private mutating func readSampler(_ variables: inout OTelVariables) {
        let ratio = variables.read("OTEL_TRACES_SAMPLER_ARG", default: 1.0, form: "a number from 0 to 1") {
            Double($0).flatMap { (0...1).contains($0) ? $0 : nil }
        }
        let name = variables.read(
            "OTEL_TRACES_SAMPLER", default: "parentbased_always_on",
            form: "always_on, always_off or traceidratio, or one of these after parentbased_",
            parse: { Sampler(name: $0, ratio: ratio) == nil ? nil : $0 })
        sampler = Sampler(name: name, ratio: ratio) ?? .standard
    }

    private mutating func readResource(_ variables: inout OTelVariables) {
        let given = variables.read(
            "OTEL_RESOURCE_ATTRIBUTES", default: [ResourceAttribute](), form: "name=value,…, percent-encoded",
            show: { $0.isEmpty ? "none" : $0.map { "\($0.name)=\($0.value)" }.joined(separator: ",") },
            parse: { OTelList.pairs($0)?.map { ResourceAttribute($0.name, $0.value) } })
        let service = given.last { $0.name == "service.name" }?.value ?? "flock-relay"
        let name = variables.read("OTEL_SERVICE_NAME", default: service, form: "a name") { $0 }
        let own = [
            ResourceAttribute("service.name", name), ResourceAttribute("service.version", RelayVersion.current),
            ResourceAttribute("telemetry.sdk.name", "flock-relay"),
            ResourceAttribute("telemetry.sdk.language", "swift"),
            ResourceAttribute("telemetry.sdk.version", RelayVersion.current),
        ]
        // Each name has one value: the last one given, or else the relay's own.
        for attribute in given.reversed().filter({ $0.name != "service.name" }) + own
        where !resource.contains(where: { $0.name == attribute.name }) {
            resource.append(attribute)
        }
    }

    private mutating func readBatches(_ variables: inout OTelVariables) {
        scheduleDelay = variables.milliseconds("OTEL_BSP_SCHEDULE_DELAY", default: scheduleDelay)
        exportTimeout = variables.milliseconds("OTEL_BSP_EXPORT_TIMEOUT", default: exportTimeout)
        maxQueueSize = variables.count("OTEL_BSP_MAX_QUEUE_SIZE", default: maxQueueSize, 1...100_000)
        let largest = min(maxQueueSize, 10_000)
        maxBatchSize = variables.count(
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", default: min(maxBatchSize, largest), 1...largest)
    }

    private static func warn(aboutTransport url: WebhookURL, _ variables: inout OTelVariables) {
        let http = "usually \(Origin(scheme: url.origin.scheme, host: url.origin.host, port: 4_318))"
        if let found = variables.find([specific + "PROTOCOL", general + "PROTOCOL"]), found.text != "http/protobuf" {
            variables.warn(
                "\(found.name) (environment): the relay exports as http/protobuf only, to \(url.origin); name the "
                    + "collector's OTLP/HTTP endpoint, \(http)")
        } else if url.origin.port == 4_317 {
            variables.warn(
                "port 4317 of the OTLP endpoint is gRPC's, and the relay exports as http/protobuf only; name the "
                    + "collector's OTLP/HTTP endpoint, \(http)")
        }
        for name in ["COMPRESSION", "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"] {
            guard let found = variables.find([specific + name, general + name]), found.text != "none" else { continue }
            let instead = name == "CERTIFICATE" ? "; use the setting ca-file" : ""
            variables.warn("\(found.name) (environment) is not supported and has no effect\(instead)")
        }
    }
}
