import Domain
import Fuzzing
import Transport

/// One input: header lines, and the status that libcurl reads for each block; here any number.
struct ResponseCheck {
    private let lines: [ArraySlice<UInt8>]

    init(_ bytes: [UInt8]) {
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { line in
            bytes[line.startIndex...line.endIndex]
        }
    }

    func check() {
        var reader = ResponseReader()
        var decided: AttemptOutcome?
        for line in lines {
            let goesOn = reader.takeHeader(line) { Self.status(line) }
            expect(decided == nil || reader.outcome == decided, "a decision changes")
            if decided == nil, let outcome = reader.outcome {
                expect(line.first == 0x0D || line.first == 0x0A, "decided before the end of a block")
                checkOutcome(outcome)
            }
            decided = reader.outcome
            guard goesOn else { return expect(reader.hasTooLargeHeaders || decided != nil, "ended for no reason") }
        }
    }

    private func checkOutcome(_ outcome: AttemptOutcome) {
        guard case .answered(let status, let retryAfter) = outcome else { return }
        expect((200...999).contains(status), "status \(status) decides")
        guard let value = retryAfter?.utf8 else { return }
        expect(value.count <= 64 && value.allSatisfy { (0x20...0x7E).contains($0) }, "a malformed Retry-After")
        expect(value.first != 0x20 && value.last != 0x20, "Retry-After starts or ends with a blank")
    }

    /// Derives a status from the length of the empty line: libcurl accepts a CR with anything after it as one.
    private static func status(_ line: ArraySlice<UInt8>) -> Int {
        line.count == 1 ? 200 : line.reduce(90) { $0 + Int($1) }
    }
}
