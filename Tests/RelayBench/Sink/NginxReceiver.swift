import Foundation
import Synchronization

/// nginx as a receiver over https with keep-alive; it answers 200, and its log is counted.
final class NginxReceiver: Receiver {
    /// The command that installs what it needs; nil if nothing is missing.
    static var installation: String? {
        Program.isInstalled("nginx") && Program.isInstalled("openssl")
            ? nil : "deploy/install-missing.sh nginx-light openssl"
    }

    let urls: [String]
    let authority: String?
    private let program: Program
    private let log: Mutex<LogCounter>

    /// - Parameter directory: for its files.
    init(_ directory: String) throws {
        let (listener, port) = try TCPSocket.listen()
        close(listener)
        let certificate = "\(directory)/certificate.pem"
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "\(directory)/key.pem",
            "-out", certificate,
        ]
        guard Program.output("openssl", arguments) != nil else { throw Failure("openssl cannot make a certificate") }
        let configuration = "\(directory)/nginx.conf"
        try Data(Self.text(directory, port).utf8).write(to: URL(fileURLWithPath: configuration))
        program = try Program(
            "nginx", ["-c", configuration, "-e", "\(directory)/nginx-error.log"], in: directory,
            environment: ["PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin"])
        log = Mutex(LogCounter("\(directory)/requests.log"))
        urls = ["https://127.0.0.1:\(port)/hook"]
        authority = certificate
        try program.wait(for: "nginx is ready") { (try? HTTPConnection(port: port, path: "/")) != nil }
    }

    var delivered: Int { log.withLock { $0.read() } }
    /// nginx does not look into bodies.
    var duplicates: Int { 0 }

    func stop() { program.kill() }

    private static func text(_ directory: String, _ port: UInt16) -> String {
        """
        daemon off;
        worker_processes 1;
        pid \(directory)/nginx.pid;
        events { worker_connections 4096; }
        http {
            log_format one "+";
            access_log \(directory)/requests.log one buffer=64k flush=20ms;
            keepalive_requests 100000000;
            client_max_body_size 64m;
            client_body_temp_path \(directory); proxy_temp_path \(directory); fastcgi_temp_path \(directory);
            uwsgi_temp_path \(directory); scgi_temp_path \(directory);
            server {
                listen 127.0.0.1:\(port) ssl;
                ssl_certificate \(directory)/certificate.pem;
                ssl_certificate_key \(directory)/key.pem;
                location / { return 200; }
            }
        }

        """
    }
}

/// Counts the two-byte lines of a log by its size.
private struct LogCounter {
    private let path: String
    private var count = 0
    private var next: Int64 = 0

    init(_ path: String) { self.path = path }

    /// Looks at the file at most every 5 ms.
    mutating func read() -> Int {
        guard Clock.monotonic >= next else { return count }
        next = Clock.monotonic + Clock.second / 200
        count = FileSize.bytes(path) / 2
        return count
    }
}
