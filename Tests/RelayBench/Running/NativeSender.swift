import ArgumentParser
import Foundation
import FoundationNetworking
import Synchronization

/// Posts through Foundation's own URLSession until it is killed.
struct NativeSender: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "native-sender", shouldDisplay: false)

    @Option var bytes: Int
    @Option var inFlight: Int
    @Argument var urls: [String]

    func run() throws {
        let targets = urls.compactMap { URL(string: $0) }
        guard !targets.isEmpty else { throw ValidationError("no URL") }
        let loop = NativeLoop(targets, bytes: bytes, inFlight: inFlight)
        for _ in 0..<inFlight { loop.sendNext() }
        while true { sleep(1_000) }
    }
}

/// Keeps a number of URLSession tasks in flight.
private final class NativeLoop: Sendable {
    private let session: URLSession
    private let targets: [URL]
    private let bytes: Int
    private let next = Atomic<Int>(0)

    init(_ targets: [URL], bytes: Int, inFlight: Int) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = inFlight
        session = URLSession(configuration: configuration)
        self.targets = targets
        self.bytes = bytes
    }

    func sendNext() {
        let number = next.add(1, ordering: .relaxed).oldValue
        var request = URLRequest(url: targets[number % targets.count])
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue("\(number)", forHTTPHeaderField: "X-Flock-Artifact-Id")
        request.httpBody = Data(EventLines.body(number, bytes: bytes))
        session.dataTask(with: request) { _, response, error in
            guard (response as? HTTPURLResponse)?.statusCode == 200 else {
                FileHandle.standardError.write(Data("a request failed: \(String(describing: error))\n".utf8))
                exit(1)
            }
            self.sendNext()
        }.resume()
    }
}
