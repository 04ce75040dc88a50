import Domain
import Ingest
import TestSupport
import Testing

@Suite struct ControlLineTests {
    @Test func minimalRegistration() throws {
        let request = try registration(SampleLine.registration())
        #expect(request.correlationID == CorrelationID("w-1"))
        #expect(request.url.text == "https://a.example/hook")
        #expect(request.secrets == nil && request.ordering == nil && request.format == nil)
        #expect(request.maxRetries == nil)
    }

    @Test func anInternationalizedHostIsRegisteredInASCII() throws {
        let url = #"https:\/\/b\u00fccher.example\/hook"#
        let request = try registration(SampleLine.registration(url: url))
        #expect(request.url.text == "https://xn--bcher-kva.example/hook")
        #expect(try registration(SampleLine.registration(url: "https://B\u{DC}CHER.example/hook")).url == request.url)
    }

    @Test func nullMeansTheDefault() throws {
        let more = #","webhook_secret":null,"ordering":null,"max_retries":null,"format":null"#
        let request = try registration(SampleLine.registration(more: more))
        #expect(request.secrets == nil && request.ordering == nil && request.format == nil)
        #expect(request.maxRetries == nil)
    }

    @Test func fullRegistration() throws {
        let more = #","webhook_secret":"s","ordering":"ordered","max_retries":5,"format":"flock","other":[1]"#
        let request = try registration(SampleLine.registration(more: more))
        #expect(request.secrets?.map(\.text) == ["s"])
        #expect(request.ordering == .ordered)
        #expect(request.format == .flock)
        #expect(request.maxRetries == 5)
    }

    static let retries: [(written: String, number: Int?)] = [
        ("0", 0), ("100", 100), ("101", nil), ("-1", nil), ("1.0", nil), ("1e1", nil),
        ("99999999999999999999", nil),
    ]

    @Test(arguments: retries)
    func maxRetriesIsAWholeNumberFrom0To100(_ written: String, _ number: Int?) throws {
        let line = SampleLine.registration(more: #","max_retries":\#(written)"#)
        if let number {
            #expect(try registration(line).maxRetries == number)
        } else {
            #expect(throws: Rejection.self) { try registration(line) }
        }
    }

    @Test func secretAndTypeOfMaxLengthAreAccepted() throws {
        let secret = String(repeating: "s", count: 1_024)
        let request = try registration(SampleLine.registration(more: ",\"webhook_secret\":\"\(secret)\""))
        #expect(request.secrets?.map(\.text) == [secret])
        let line = SampleLine.artifact(["artifact_type": "\"\(secret)\""])
        guard case .published(let artifact) = try EventDecoder().decode(Array(line.utf8)) else {
            Issue.record("not an artifact")
            return
        }
        #expect(artifact.artifactType == secret)
    }

    @Test func aRegistrationSelectsWhatIsSent() throws {
        let line = SampleLine.registration(
            more:
                #","events":["workflow.completed","artifact.created"],"types":["Order","\u0041.B"],"producers":["p"]"#)
        let filter = try registration(line).filter
        #expect(filter.events == [.artifactCreated, .workflowCompleted])
        #expect(filter.types == ["Order", "A.B"] && filter.producers == ["p"])
        let nulls = try registration(SampleLine.registration(more: #","events":null,"types":null,"producers":null"#))
        #expect(nulls.filter == .default)
    }

    static let selections: [(more: String, code: RejectionCode)] = [
        (#","events":[]"#, .invalidValue), (#","events":["artifact"]"#, .invalidValue),
        (#","types":[]"#, .invalidValue),
        (#","types":"Order""#, .wrongType), (#","types":[1]"#, .wrongType), (#","producers":[null]"#, .wrongType),
        (#","types":[["a"]]"#, .wrongType), (#","types":["a"],"types":["b"]"#, .duplicateKey),
        (#","types":["\#(String(repeating: "x", count: 1_025))"]"#, .invalidValue),
        (",\"producers\":[" + Array(repeating: "\"p\"", count: 101).joined(separator: ",") + "]", .invalidValue),
        (#","webhook_secret":[]"#, .invalidSecret), (#","webhook_secret":["1","2","3","4","5"]"#, .invalidSecret),
        (#","webhook_secret":["a",""]"#, .invalidSecret), (#","webhook_secret":["a",1]"#, .wrongType),
    ]

    @Test("A selection or a list of secrets that cannot be used is rejected", arguments: selections)
    func unusableSelection(_ more: String, _ code: RejectionCode) throws {
        let rejection = #expect(throws: Rejection.self) { try registration(SampleLine.registration(more: more)) }
        #expect(rejection?.code == code, "\(rejection?.message ?? "")")
    }

    @Test func aRegistrationMayHaveSeveralSecrets() throws {
        let request = try registration(SampleLine.registration(more: #","webhook_secret":["new","whsec_AAECAwQ="]"#))
        #expect(request.secrets?.map(\.text) == ["new", "whsec_AAECAwQ="])
    }

    @Test(arguments: CompletionStatus.allCases)
    func completionHasAStatus(_ status: CompletionStatus) throws {
        let line = #"{"type":"workflow_completed","correlation_id":"w","status":"\#(status.rawValue)"}"#
        guard case .completed(let request) = try EventDecoder().decode(Array(line.utf8)) else {
            Issue.record("not a completion")
            return
        }
        #expect(request.status == status)
        let unknown = #"{"type":"workflow_completed","correlation_id":"w","status":"done"}"#
        #expect(throws: Rejection.self) { try EventDecoder().decode(Array(unknown.utf8)) }
    }

    static let greetings: [(line: String, hello: Hello)] = [
        (#"{"type":"hello"}"#, Hello(acknowledgements: false, grace: true)),
        (#"{"type":"hello","acks":true}"#, Hello(acknowledgements: true, grace: true)),
        (#"{"acks":true,"grace":false,"type":"hello"}"#, Hello(acknowledgements: true, grace: false)),
        (#"{"type":"hello","acks":false,"grace":null}"#, Hello(acknowledgements: false, grace: true)),
    ]

    @Test(arguments: greetings)
    func helloHasItsOptions(_ line: String, _ expected: Hello) throws {
        guard case .hello(let hello) = try EventDecoder().decode(Array(line.utf8)) else {
            Issue.record("not a hello")
            return
        }
        #expect(hello == expected)
    }

    @Test func completionNamesItsWorkflow() throws {
        guard case .completed(let request) = try EventDecoder().decode(Array(SampleLine.completion("w-9").utf8)) else {
            Issue.record("not a completion")
            return
        }
        #expect(request.correlationID == CorrelationID("w-9") && request.status == .idle)
    }

    static let redeliveries: [(sequences: String?, expected: Set<Int64>?)] = [
        (nil, nil), ("null", nil), ("[3]", [3]), ("[ 3 ,\t4\r]", [3, 4]), ("[4,3,4]", [3, 4]),
        ("[9223372036854775807]", [Int64.max]),
        ("[\((1...10_000).map(String.init).joined(separator: ","))]", Set(1...10_000)),
    ]

    @Test("A redelivery names sequence numbers, or asks for all that failed", arguments: redeliveries)
    func redelivery(_ sequences: String?, _ expected: Set<Int64>?) throws {
        let line = SampleLine.redelivery(sequences)
        guard case .redeliver(let request) = try EventDecoder().decode(Array(line.utf8)) else {
            Issue.record("not a redelivery")
            return
        }
        #expect(request.correlationID == CorrelationID("w-1"))
        #expect(request.sequences.map { Set($0.map(\.rawValue)) } == expected)
    }

    static let malformed = [
        "[]", "[ ]", "[0]", "[-1]", "[1.0]", "[1e1]", "[9223372036854775808]", "[[1,2]]", #"["1"]"#, "[null]", "[1,{}]",
        "[\((1...10_001).map(String.init).joined(separator: ","))]",
        "[\((1...20_000).map(String.init).joined(separator: ","))]",
    ]

    @Test("Sequences are 1 to 10000 whole numbers from 1", arguments: malformed)
    func malformedRedelivery(_ sequences: String) throws {
        let line = SampleLine.redelivery(sequences)
        #expect(throws: Rejection.self) { try EventDecoder().decode(Array(line.utf8)) }
    }

    private func registration(_ line: String) throws -> RegistrationRequest {
        guard case .registered(let request) = try EventDecoder().decode(Array(line.utf8)) else {
            throw Rejection(.wrongType, "not a registration")
        }
        return request
    }
}
