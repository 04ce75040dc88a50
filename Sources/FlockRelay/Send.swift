import ArgumentParser
import Domain
import Foundation
import NIOPosix

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write event lines to a running relay and wait until all are acknowledged.")

    @Argument(help: "Files of newline-delimited JSON. [stdin]")
    var files: [PathArgument] = []
    @Option(help: "The relay's event socket. [the default paths]")
    var socket: PathArgument?

    func run() async throws {
        let sender = LineSender(group: .singletonMultiThreadedEventLoopGroup)
        let report: LineSender.Report
        do {
            report = try await sender.send(inputs(), to: SocketCandidates.events.paths(given: socket))
        } catch let problem as LineSender.Problem {
            throw Failure.exit(Failure.notReachable, problem.description)
        }
        for rejected in report.rejections {
            FileHandle.standardError.write(Data("\(ControlCharacters.escaped(rejected.description))\n".utf8))
        }
        print("\(report.lines) lines acknowledged, \(report.rejections.count) rejected")
        if !report.rejections.isEmpty { throw Failure.check }
    }

    private func inputs() throws -> [LineSender.Input] {
        if files.isEmpty { return [.init(name: "stdin", content: .file(.standardInput))] }
        return try files.map(\.path).map { file in
            guard let handle = FileHandle(forReadingAtPath: file) else {
                throw Failure.exit(ExitCode(64), "cannot read \(file); check the path")
            }
            return LineSender.Input(name: file, content: .file(handle))
        }
    }
}
