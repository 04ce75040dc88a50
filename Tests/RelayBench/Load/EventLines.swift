/// The event lines that are written, as bytes with LF.
struct EventLines {
    enum Kind {
        case artifact
        case token
    }

    /// Lines up to their number, one for each workflow.
    private let heads: [[UInt8]]
    private let middle: [UInt8]
    private let tail: [UInt8]
    private let isNumberedTwice: Bool

    /// - Parameters:
    ///   - bytes: the approximate length of a line.
    ///   - workflows: correlation ids; lines take them in turn.
    init(_ kind: Kind = .artifact, bytes: Int, workflows: [String]) {
        let time = #""timestamp":"2026-01-15T09:30:00.123456Z""#
        switch kind {
        case .artifact:
            heads = workflows.map { Array(#"{"correlation_id":"\#($0)",\#(time),"artifact_id":"a"#.utf8) }
            middle = Array(
                #"","artifact_type":"Order","produced_by":"external","payload":{"number":"\#(Self.mark)"#.utf8)
            let fixed = (heads.first?.count ?? 0) + middle.count + 2 * RequestReader.digits + 14
            tail = Array(#"","text":"\#(String(repeating: "x", count: max(bytes - fixed, 1)))"}}"#.utf8) + [0x0A]
        case .token:
            let head =
                #""agent_name":"writer","run_id":"ef31b798-e8c1-46c9-bd86-fe2c15a6da33","output_type":"llm_token""#
            heads = workflows.map {
                Array(#"{"correlation_id":"\#($0)",\#(time),\#(head),"content":"token ","sequence":"#.utf8)
            }
            middle = []
            tail =
                Array(
                    #","is_final":false,"artifact_id":"88c43ad9-bc02-4323-93b6-126b8f0f179a","artifact_type":"Text"}"#
                        .utf8)
                + [0x0A]
        }
        isNumberedTwice = kind == .artifact
    }

    private static var mark: String { String(decoding: RequestReader.mark, as: UTF8.self) }

    /// Adds the line with this number.
    func append(_ number: Int, to bytes: inout [UInt8]) {
        bytes += heads[number % heads.count]
        Self.append(number, isPadded: isNumberedTwice, to: &bytes)
        guard isNumberedTwice else { return bytes += tail }
        bytes += middle
        Self.append(number, isPadded: true, to: &bytes)
        bytes += tail
    }

    /// A body with this number, as contenders without an event socket post it.
    static func body(_ number: Int, bytes: Int) -> [UInt8] {
        var body = Array(#"{"number":"\#(mark)"#.utf8)
        append(number, isPadded: true, to: &body)
        body += Array(#"","text":""#.utf8)
        body += [UInt8](repeating: UInt8(ascii: "x"), count: max(bytes - body.count - 2, 1))
        return body + Array(#""}"#.utf8)
    }

    static func registration(_ workflow: String, _ url: String) -> [UInt8] {
        Array(
            #"{"type":"webhook_registered","correlation_id":"\#(workflow)","webhook_url":"\#(url)","webhook_secret":"benchmark"}"#
                .utf8) + [0x0A]
    }

    private static func append(_ number: Int, isPadded: Bool, to bytes: inout [UInt8]) {
        let digits = Array(String(number).utf8)
        if isPadded {
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: RequestReader.digits - digits.count))
        }
        bytes += digits
    }
}
