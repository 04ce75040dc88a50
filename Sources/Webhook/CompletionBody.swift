package import Domain

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Builds the body of `workflow.completed`, which is the same in every format.
package enum CompletionBody {
    /// - Parameters:
    ///   - sequence: every number below it is a delivery that is final.
    ///   - failed: those of them that failed.
    ///   - time: when the last one became final.
    package static func make(
        _ correlationID: CorrelationID, _ status: CompletionStatus, sequence: SequenceNumber, failed: [SequenceNumber],
        at time: WallTime
    ) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let id = String(decoding: try encoder.encode(correlationID.rawValue), as: UTF8.self)
        let failed = failed.map(\.description).joined(separator: ",")
        let head = #"{"event_type":"workflow.completed","correlation_id":\#(id),"sequence":\#(sequence),"#
        let outcome = #""status":"\#(status.rawValue)","artifacts":\#(sequence.rawValue - 1),"failed":[\#(failed)],"#
        let times = #""created_at":"\#(time.iso8601)","timestamp":"\#(time.iso8601)"}"#
        return Array("\(head)\(outcome)\(times)".utf8)
    }
}
