import Foundation

/// syslog-ng's `http()` destination fed from a Unix-domain socket: no signature, no routing, no acknowledgements.
struct SyslogNG: Contender {
    let name = "syslog-ng"

    var installation: String? {
        Program.isInstalled("syslog-ng") && Program.output("dpkg-query", ["--status", "syslog-ng-mod-http"]) != nil
            ? nil : "deploy/install-missing.sh syslog-ng-core syslog-ng-mod-http"
    }

    var version: String { Program.output("syslog-ng", ["--version"])?.firstLine ?? "unknown" }

    func start(_ scene: Scene) throws -> RunningContender {
        let socket = "\(scene.directory)/events.sock"
        let configuration = "\(scene.directory)/syslog-ng.conf"
        try Data(text(scene, socket).utf8).write(to: URL(fileURLWithPath: configuration))
        let files = ["persist", "pid", "control"].flatMap { kind in
            [
                "--\(kind == "persist" ? "persist-file" : kind == "pid" ? "pidfile" : kind)",
                "\(scene.directory)/\(kind)",
            ]
        }
        let program = try Program(
            "syslog-ng", ["--foreground", "--no-caps", "--cfgfile", configuration] + files, in: scene.directory)
        try program.wait(for: "syslog-ng is ready") { FileManager.default.fileExists(atPath: socket) }
        return RunningContender(program: program, feed: .eventSocket(socket, acknowledges: false))
    }

    private func text(_ scene: Scene, _ socket: String) -> String {
        let trust = scene.authority.map { #"tls(ca-file("\#($0)"))"# } ?? ""
        return """
            @version: 3.38
            options { stats-freq(0); log-msg-size(16777216); };
            source events { unix-stream("\(socket)" flags(no-parse) log-iw-size(20000) log-fetch-limit(200)); };
            destination receiver {
                http(
                    url("\(scene.urls.joined(separator: " "))") method("POST") body("$MSG")
                    headers("Content-Type: application/json") workers(\(scene.inFlight)) timeout(10) retries(3)
                    log-fifo-size(100000) \(trust)
                );
            };
            log { source(events); destination(receiver); flags(flow-control); };

            """
    }
}
