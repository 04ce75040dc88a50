/// The event lines that are written, as bytes with LF.
struct EventLines {
    enum Kind {
        /// A published artifact.
        case artifact
        /// A token of a model's output, which is counted and not delivered.
        case token
    }

    /// Workflows by number: all registered ones, and those that have artifacts.
    struct Workflows {
        let registered: Int
        let active: Int

        /// The workflow of a line. A prime, so that consecutive lines belong to distant workflows.
        subscript(line: Int) -> Int { line &* 7_919 % active * (registered / active) }
    }

    private let kind: Kind
    private let workflows: Workflows
    private let prefix: String
    private let head: [UInt8]
    private let middle: [UInt8]
    private let tail: [UInt8]

    /// - Parameters:
    ///   - bytes: the approximate length of a line with an artifact.
    ///   - workflows: those to which the lines belong, in turn.
    ///   - prefix: of their correlation ids.
    init(_ kind: Kind = .artifact, bytes: Int, workflows: Workflows, prefix: String = "workflow-") {
        self.kind = kind
        self.workflows = workflows
        self.prefix = prefix
        head = Array(#"{"correlation_id":"\#(prefix)"#.utf8)
        let time = #"","timestamp":"2026-01-15T09:30:00.123456Z","#
        switch kind {
        case .artifact:
            middle = Array(#"\#(time)"artifact_id":"a"#.utf8)
            let fixed = head.count + middle.count + Self.beforeMark.count + 3 * RequestReader.digits + 13
            tail = Array(#"","text":"\#(String(repeating: "x", count: max(bytes - fixed, 1)))"}}"#.utf8) + [0x0A]
        case .token:
            let run = #""agent_name":"writer","run_id":"ef31b798-e8c1-46c9-bd86-fe2c15a6da33","#
            middle = Array(#"\#(time)\#(run)"output_type":"llm_token","content":"token ","sequence":1"#.utf8)
            let artifact = #""artifact_id":"88c43ad9-bc02-4323-93b6-126b8f0f179a","artifact_type":"Text"}"#
            tail = Array(#","is_final":false,\#(artifact)"#.utf8) + [0x0A]
        }
    }

    private static let beforeMark =
        Array(#"","artifact_type":"Order","produced_by":"external","payload":{"number":""#.utf8) + RequestReader.mark

    /// Adds the line with this number.
    func append(_ number: Int, to bytes: inout [UInt8]) {
        bytes += head
        Self.append(workflows[number], to: &bytes)
        bytes += middle
        Self.append(number, to: &bytes)
        if kind == .artifact {
            bytes += Self.beforeMark
            Self.append(number, to: &bytes)
        }
        bytes += tail
    }

    /// Adds the line that registers a workflow.
    func appendRegistration(_ workflow: Int, _ url: String, to bytes: inout [UInt8]) {
        bytes += Array(#"{"type":"webhook_registered","correlation_id":"\#(prefix)"#.utf8)
        Self.append(workflow, to: &bytes)
        bytes += Array(#"","webhook_url":"\#(url)","webhook_secret":"benchmark"}"#.utf8) + [0x0A]
    }

    /// A body with this number, as contenders without an event socket post it.
    static func body(_ number: Int, bytes: Int) -> [UInt8] {
        var body = Array(#"{"number":""#.utf8) + RequestReader.mark
        append(number, to: &body)
        body += Array(#"","text":""#.utf8)
        body += [UInt8](repeating: UInt8(ascii: "x"), count: max(bytes - body.count - 2, 1))
        return body + Array(#""}"#.utf8)
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = number
        var place = bytes.count + RequestReader.digits
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: RequestReader.digits))
        while rest > 0 {
            place -= 1
            bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
