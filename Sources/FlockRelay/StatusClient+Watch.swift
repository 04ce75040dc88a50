import Domain
import Foundation
import LocalHTTP
import NIOCore
import NIOPosix
import Status
import Terminal

extension StatusClient {
    /// The answers that one frame of `status --watch` shows. Prints nothing, because the screen is in use.
    ///
    /// - Returns: nil if the relay does not answer, or answers what this version does not understand.
    func watchAnswers() async -> WatchState.Answers? {
        guard let report: StatusReport = await answer("/status"), let history: HistoryReport = await answer("/history")
        else { return nil }
        return WatchState.Answers(
            report: report, readiness: await answer("/readyz"), history: history, receivedAt: .system)
    }

    private func answer<Report: Decodable>(_ target: String) async -> Report? {
        for place in sockets {
            let answer = try? await HTTPSocketClient.get(
                target, socket: place, group: .singletonMultiThreadedEventLoopGroup)
            if let answer {
                return try? StatusJSON.decoder.decode(Report.self, from: Data(answer.body.readableBytesView))
            }
        }
        return nil
    }
}
