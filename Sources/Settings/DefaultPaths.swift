internal import Foundation
internal import Glibc
internal import TraceExport

/// The default paths, see docs/operations.md.
package struct DefaultPaths: Sendable {
    private let environment: [String: String]
    private let user: UInt32
    private let temporaryDirectory: String

    /// - Parameter temporary: where every user may create directories.
    package init(environment: [String: String], user: UInt32 = getuid(), temporary: String = "/tmp") {
        self.environment = environment
        self.user = user
        temporaryDirectory = "\(temporary)/flock-relay-\(user)"
    }

    package var eventSocket: String { daemonDirectory + "/events.sock" }

    package func statusSocket(beside socket: String) -> String {
        let directory = socket.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return directory.isEmpty && !socket.hasPrefix("/") ? "status.sock" : directory + "/status.sock"
    }

    /// The directory that a daemon with this event socket creates if it is missing; nil: the directory must exist.
    package func directoryToCreate(for socket: String) -> String? { socket == eventSocket ? daemonDirectory : nil }

    /// - Throws: ``SettingsError`` if the directory cannot be created, or if the fallback in `/tmp` belongs to another user.
    package func createDirectory(for socket: String) throws(SettingsError) {
        guard let directory = directoryToCreate(for: socket) else { return }
        make(directory, mode: directory == temporaryDirectory ? 0o700 : 0o755)
        guard FileManager.default.fileExists(atPath: directory) else {
            throw SettingsError(
                "socket: the directory \(directory) cannot be created; create it, or choose another path with --socket")
        }
        try checkDirectory(for: socket)
    }

    /// Every user can create directories in `/tmp`, so the fallback there must belong to this user and be closed to others.
    package func checkDirectory(for socket: String) throws(SettingsError) {
        guard directoryToCreate(for: socket) == temporaryDirectory, exists(temporaryDirectory), !ownsTemporaryDirectory
        else { return }
        throw SettingsError(
            "socket (default): \(temporaryDirectory) is not a directory of mode 0700 that belongs to this user; "
                + "remove it, or choose another path with --socket")
    }

    package var stateDirectory: String {
        if let given = first("STATE_DIRECTORY") { return given }
        if let base = first("XDG_STATE_HOME") { return base + "/flock-relay" }
        return (environment["HOME"] ?? "/root") + "/.local/state/flock-relay"
    }

    /// The path of a credential from systemd; nil if there is none.
    package func credential(_ name: String) -> String? {
        guard let path = environment["CREDENTIALS_DIRECTORY"].map({ "\($0)/\(name)" }),
            FileManager.default.fileExists(atPath: path)
        else { return nil }
        return path
    }

    /// The base URL that OpenTelemetry's own variable names; empty if it names none. ``TraceExportSettings`` warns about a
    /// malformed one.
    var otlpEndpoint: String {
        let text = environment["OTEL_EXPORTER_OTLP_ENDPOINT"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return OTLPEndpoint.base(text) == nil ? "" : text
    }

    /// The directories in which commands look for a daemon, the likeliest first. Includes the directory in `/tmp` only
    /// if no other user can have created it, because events contain secrets.
    package var candidateDirectories: [String] {
        var seen: Set<String> = []
        let session = first("XDG_RUNTIME_DIR").map { $0 + "/flock-relay" }
        let all = [daemonDirectory, "/run/flock-relay", session, temporaryDirectory]
        return all.compactMap { $0 }.filter { seen.insert($0).inserted }
            .filter { $0 != temporaryDirectory || ownsTemporaryDirectory }
    }

    private var daemonDirectory: String {
        if let given = first("RUNTIME_DIRECTORY") { return given }
        if user == 0 { return "/run/flock-relay" }
        if let base = first("XDG_RUNTIME_DIR") { return base + "/flock-relay" }
        return temporaryDirectory
    }

    /// systemd joins several directories with colons.
    private func first(_ name: String) -> String? {
        environment[name]?.split(separator: ":").first.map(String.init)
    }

    private func make(_ directory: String, mode: Int) {
        guard !FileManager.default.fileExists(atPath: directory) else { return }
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false,
            attributes: [.posixPermissions: NSNumber(value: mode)])
    }

    private func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    private var ownsTemporaryDirectory: Bool {
        var status = stat()
        let exists = unsafe lstat(temporaryDirectory, &status) == 0
        return exists && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == user && status.st_mode & 0o077 == 0
    }
}
