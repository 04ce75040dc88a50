import Status
import Testing

@Suite struct ListCursorTests {
    @Test("A cursor is read as it was written", arguments: [0, 1, -1, Int64.max, Int64.min])
    func roundTrip(_ number: Int64) throws {
        let cursor = ListCursor(microseconds: number, key: ~number)
        guard case .correlations(let query) = try StatusRoute(target: "/correlations?cursor=" + cursor.text) else {
            Issue.record("another route")
            return
        }
        #expect(query.cursor == cursor)
    }
}
