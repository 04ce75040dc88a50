import Foundation

/// wrk with the same POST: the most that sink and machine allow.
struct Wrk: Contender {
    let name = "wrk"

    var installation: String? { Program.isInstalled("wrk") ? nil : "deploy/install-missing.sh wrk" }

    var version: String {
        Program.output("dpkg-query", ["--show", "--showformat", "wrk ${Version}", "wrk"])?.firstLine ?? "wrk"
    }

    func start(_ scene: Scene) throws -> RunningContender {
        let script = "\(scene.directory)/post.lua"
        let lines = [
            #"wrk.method = "POST""#, #"wrk.headers["Content-Type"] = "application/json""#,
            #"wrk.body = string.rep("x", \#(scene.bytes))"#, "",
        ]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: script))
        let arguments = [
            "--threads", "1", "--connections", "\(scene.inFlight)", "--duration", "1h", "--script", script,
        ]
        let program = try Program("wrk", arguments + scene.urls.prefix(1), in: scene.directory)
        return RunningContender(program: program, feed: .itself)
    }
}
