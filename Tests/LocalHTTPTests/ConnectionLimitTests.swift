import LocalHTTP
import NIOEmbedded
import Testing

@Suite struct ConnectionLimitTests {
    @Test("A connection has its place until it is closed")
    func placeIsGivenBack() throws {
        let limit = ConnectionLimit(2)
        let channels = (1...2).map { _ in EmbeddedChannel() }
        for channel in channels { try limit.admit(channel) }
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(EmbeddedChannel()) }
        _ = try channels[0].finish()
        channels[0].embeddedEventLoop.run()
        try limit.admit(EmbeddedChannel())
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(EmbeddedChannel()) }
    }

    @Test("One that was refused takes no place when it closes")
    func refusedConnection() throws {
        let limit = ConnectionLimit(1)
        let refused = EmbeddedChannel()
        try limit.admit(EmbeddedChannel())
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(refused) }
        _ = try refused.finish()
        #expect(throws: ConnectionLimit.Reached.self) { try limit.admit(EmbeddedChannel()) }
    }
}
