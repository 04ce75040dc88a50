import LocalHTTP
import NIOCore
import NIOEmbedded
import Testing

@Suite struct ConnectionLimitTests {
    private func closed(_ channels: [EmbeddedChannel]) -> [Bool] {
        channels.map { channel in
            channel.embeddedEventLoop.run()
            return !channel.isActive
        }
    }

    @Test("Beyond the limit the connection whose last request is the oldest is closed")
    func oldestIsClosed() throws {
        let limit = ConnectionLimit(2)
        let channels = try connected(4)
        for channel in channels.prefix(2) { limit.admit(channel) }
        limit.use(channels[0])
        limit.admit(channels[2])
        #expect(closed(channels) == [false, true, false, false])
        limit.admit(channels[3])
        #expect(closed(channels) == [true, true, false, false])
    }

    @Test("A connection counts towards the limit until it is closed")
    func closingReleasesThePlace() throws {
        let limit = ConnectionLimit(2)
        let channels = try connected(3)
        for channel in channels.prefix(2) { limit.admit(channel) }
        _ = try channels[0].finish()
        channels[0].embeddedEventLoop.run()
        limit.admit(channels[2])
        #expect(closed(channels) == [true, false, false])
    }

    private func connected(_ count: Int) throws -> [EmbeddedChannel] {
        try (1...count).map { number in
            let channel = EmbeddedChannel()
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/\(number)")).wait()
            return channel
        }
    }
}
