import Domain
import Foundation
import FoundationNetworking
import Glibc
import Transport

/// Compares the cost of a POST through Foundation's own HTTP code and through the relay's transport.
///
///     swift run -c release transport-benchmark http://127.0.0.1:PORT/ [--count 20000] [--rounds 5] [--profile]
@main struct TransportBenchmark {
    static func main() async throws {
        guard CommandLine.arguments.count > 1, let url = try? WebhookURL(CommandLine.arguments[1]),
            let address = url.origin.addressLiteral
        else {
            print("usage: transport-benchmark http://ADDRESS:PORT/ [--count N] [--rounds N]")
            exit(64)
        }
        let count = option("--count") ?? 20_000
        let pool = try await URLSessionPool(count: 2, inFlight: inFlight, connections: 2 * inFlight, trust: nil)
        let request = OutgoingRequest(
            url: url, addresses: [address], proxy: nil, headers: [.init("Content-Type", "application/json")],
            body: body, timeout: .seconds(30))
        let native = try NativeSession(url.text)
        let contenders: [(name: String, send: @Sendable () async -> Bool)] = [
            ("URLSession, Foundation's HTTP", { await native.send() }),
            ("URLSession, the relay's transport", { await pool.send(request).isSuccess }),
        ]
        var results = contenders.map { _ in [Measurement]() }
        if CommandLine.arguments.contains("--profile") {
            // Nothing but the transport, for a profiler.
            return print(await measure(count, contenders[1].send))
        }
        for round in 0..<(option("--rounds") ?? 5) {
            for index in round % 2 == 0 ? [0, 1] : [1, 0] {
                results[index].append(await measure(count, contenders[index].send))
            }
        }
        report(contenders.map(\.name), results)
    }

    private static let inFlight = 64
    private static let body = Array(#"{"payload":"\#(String(repeating: "x", count: 400))"}"#.utf8)

    private static func option(_ name: String) -> Int? {
        CommandLine.arguments.firstIndex(of: name).flatMap { index in
            index + 1 < CommandLine.arguments.count ? Int(CommandLine.arguments[index + 1]) : nil
        }
    }

    private struct Measurement {
        let requestsPerSecond: Double
        /// Of this process, in microseconds for each request.
        let processorTime: Double
    }

    private static func measure(_ count: Int, _ send: @escaping @Sendable () async -> Bool) async -> Measurement {
        let start = ContinuousClock.now
        let before = processorSeconds
        await withTaskGroup { tasks in
            for _ in 0..<inFlight {
                tasks.addTask {
                    for _ in 0..<(count / inFlight) {
                        guard await send() else { fatalError("a request failed") }
                    }
                }
            }
        }
        let sent = Double(count / inFlight * inFlight)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Measurement(
            requestsPerSecond: sent / seconds, processorTime: (processorSeconds - before) / sent * 1e6)
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }.reduce(0, +)
    }

    private static func report(_ names: [String], _ results: [[Measurement]]) {
        print("| | requests/s | processor time, µs a request |")
        print("|---|--:|--:|")
        for (name, measurements) in zip(names, results) {
            let rate = median(measurements.map(\.requestsPerSecond))
            let time = median(measurements.map(\.processorTime))
            print("| \(name) | \(Int(rate)) | \(Int(time)) |")
        }
        let pairs = zip(results[0], results[1])
        let rates = pairs.map { $1.requestsPerSecond / $0.requestsPerSecond }
        let times = pairs.map { $1.processorTime / $0.processorTime }
        print("| ratio, median of the rounds | \(rounded(median(rates))) | \(rounded(median(times))) |")
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// A session as Foundation makes it, used as it is meant to be.
private final class NativeSession: Sendable {
    private let session: URLSession
    private let request: URLRequest

    init(_ url: String) throws {
        guard let url = URL(string: url) else { throw URLError(.badURL) }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 128
        session = URLSession(configuration: configuration)
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(#"{"payload":"\#(String(repeating: "x", count: 400))"}"#.utf8)
        self.request = request
    }

    func send() async -> Bool {
        await withCheckedContinuation { continuation in
            session.dataTask(with: request) { _, response, _ in
                continuation.resume(returning: (response as? HTTPURLResponse)?.statusCode == 200)
            }.resume()
        }
    }
}

extension SendResult {
    fileprivate var isSuccess: Bool { if case .ended(let outcome) = self { outcome.errorClass == nil } else { false } }
}
