/// Lines as a writer sends them, without their LF.
enum Lines {
    /// - Parameter more: further members, each with a comma before it.
    static func registration(_ correlation: String, _ url: String, _ more: String = "") -> String {
        #"{"type":"webhook_registered","correlation_id":"\#(correlation)","webhook_url":"\#(url)"\#(more)}"#
    }

    /// - Parameters:
    ///   - payload: an object, as it is written.
    ///   - more: further members, each with a comma before it.
    static func artifact(
        _ id: String, _ correlation: String, payload: String = #"{"n":1}"#, _ more: String = ""
    ) -> String {
        #"{"correlation_id":"\#(correlation)","timestamp":"2026-11-23T13:40:02.577437Z","artifact_id":"\#(id)","#
            + #""artifact_type":"Draft","produced_by":"alpha","payload":\#(payload),"tags":[]\#(more)}"#
    }

    static func artifacts(_ range: ClosedRange<Int>, _ correlation: String) -> [String] {
        range.map { artifact("a\($0)", correlation) }
    }

    /// - Parameter sequences: a JSON array; nil for all that failed.
    static func redelivery(_ correlation: String, _ sequences: String? = nil) -> String {
        let numbers = sequences.map { #","sequences":\#($0)"# } ?? ""
        return #"{"type":"redeliver","correlation_id":"\#(correlation)"\#(numbers)}"#
    }

    /// - Parameter status: nil for the default.
    static func completion(_ correlation: String, _ status: String? = nil) -> String {
        let status = status.map { #","status":"\#($0)""# } ?? ""
        return #"{"type":"workflow_completed","correlation_id":"\#(correlation)"\#(status)}"#
    }
}
