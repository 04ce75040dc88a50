import LocalHTTP
import NIOEmbedded
import Testing

@Suite struct ConnectionLimitTests {
    @Test("A connection counts towards the limit until it is closed")
    func closingReleasesThePlace() throws {
        let limit = ConnectionLimit(2)
        let channels = (1...2).map { _ in EmbeddedChannel() }
        for channel in channels { try limit.admit(channel) }
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(EmbeddedChannel()) }
        _ = try channels[0].finish()
        channels[0].embeddedEventLoop.run()
        try limit.admit(EmbeddedChannel())
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(EmbeddedChannel()) }
    }

    @Test("Closing a rejected connection does not change the count")
    func rejectedConnection() throws {
        let limit = ConnectionLimit(1)
        let rejected = EmbeddedChannel()
        try limit.admit(EmbeddedChannel())
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(rejected) }
        _ = try rejected.finish()
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(EmbeddedChannel()) }
    }
}
