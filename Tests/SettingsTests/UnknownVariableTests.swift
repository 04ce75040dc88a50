import Settings
import Testing

@Suite struct UnknownVariableTests {
    static let mistakes: [(name: String, closest: String)] = [
        ("FLOCK_RELAY_TIMOUT", "FLOCK_RELAY_TIMEOUT"), ("FLOCK_RELAY_TIMEOUTS", "FLOCK_RELAY_TIMEOUT"),
        ("FLOCK_RELAY_MAX_RETRIES", "FLOCK_RELAY_RETRY_MAX_RETRIES"), ("FLOCK_RELAY_LOGLEVEL", "FLOCK_RELAY_LOG_LEVEL"),
        ("FLOCK_RELAY_SOCKETS", "FLOCK_RELAY_SOCKET"), ("FLOCK_RELAY_PROXY_", "FLOCK_RELAY_PROXY"),
        ("FLOCK_RELAY_STATE_DIRECTORY", "FLOCK_RELAY_STATE_DIR"),
    ]

    @Test("A variable that names no setting is reported with the most similar one", arguments: mistakes)
    func closest(_ name: String, _ closest: String) {
        let found = UnknownVariable.all(in: [name: "1", "FLOCK_RELAY_TIMEOUT": "1s", "HOME": "/"])
        #expect(found.map(\.name) == [name] && found.map(\.closest) == [closest])
        #expect(found.first?.description.contains(name) == true)
    }

    @Test func eachVariableIsReportedOnceAndInOrder() {
        let found = UnknownVariable.all(in: ["FLOCK_RELAY_B": "", "FLOCK_RELAY_": "x", "FLOCK_RELAY_A": "x"])
        #expect(found.map(\.name) == ["FLOCK_RELAY_", "FLOCK_RELAY_A", "FLOCK_RELAY_B"])
    }

    @Test(
        "Variables of the bridge and of Kubernetes are not reported",
        arguments: [
            "FLOCK_RELAY_SECRET", "FLOCK_RELAY_STATUS_KEY", "FLOCK_RELAY_SERVICE_HOST", "FLOCK_RELAY_SERVICE_PORT",
            "FLOCK_RELAY_SERVICE_PORT_METRICS", "FLOCK_RELAY_PORT", "FLOCK_RELAY_PORT_9464_TCP",
            "FLOCK_RELAY_PORT_9464_TCP_PROTO",
            "FLOCK_RELAY_PORT_9464_TCP_PORT", "FLOCK_RELAY_PORT_9464_TCP_ADDR", "FLOCK_RELAY_PORT_53_UDP",
            "FLOCK_RELAY_PORT_1_SCTP_ADDR",
            "FLOCK_RELAY_METRICS_SERVICE_HOST", "FLOCK_RELAY_METRICS_PORT_9464_TCP_ADDR",
        ])
    func foreign(_ name: String) { #expect(UnknownVariable.all(in: [name: "tcp://10.0.0.7:9464"]).isEmpty) }

    @Test(
        "Similar names are reported",
        arguments: [
            "FLOCK_RELAY_PORTS", "FLOCK_RELAY_PORT_X_TCP", "FLOCK_RELAY_PORT_9464", "FLOCK_RELAY_PORT_9464_HTTP",
            "FLOCK_RELAY_SERVICE",
            "FLOCK_RELAY_SECRETS", "FLOCK_RELAY_PORT_9464_TCP_HOST",
        ])
    func similar(_ name: String) { #expect(UnknownVariable.all(in: [name: "1"]).count == 1) }
}
