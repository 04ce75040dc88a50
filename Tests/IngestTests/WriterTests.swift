import Domain
import Ingest
import NIOCore
import NIOEmbedded
import Testing

@Suite struct WriterTests {
    private let channel = EmbeddedChannel()
    private let writer: Writer

    init() { writer = Writer(connection: 7, channel: channel) }

    @Test func nothingIsWrittenWithoutHello() throws {
        writer.decided([1, 2])
        writer.reject(3, Rejection(.invalidJSON, "broken"))
        writer.apply(Hello(acknowledgements: false, grace: false))
        writer.decided([3])
        #expect(try written() == "")
        #expect(!writer.readsReplies)
        #expect(!writer.hasGrace)
    }

    @Test func aWriterHasGraceByDefault() { #expect(writer.hasGrace) }

    @Test func acknowledgementsAreCumulative() throws {
        writer.apply(Hello(acknowledgements: true, grace: true))
        writer.decided([1, 2])
        writer.decided([4])
        writer.decided([3])
        writer.decided([])
        #expect(try written() == "{\"ack\":2}\n{\"ack\":4}\n")
    }

    @Test func linesBeforeHelloAreCounted() throws {
        writer.decided([1, 2])
        writer.apply(Hello(acknowledgements: true, grace: true))
        writer.decided([3])
        #expect(try written() == "{\"ack\":3}\n")
    }

    @Test func aRejectionIsWrittenBeforeItsAcknowledgement() throws {
        writer.apply(Hello(acknowledgements: true, grace: true))
        writer.decided([1])
        writer.reject(3, Rejection(.wrongType, "tags must be of type array"))
        writer.decided([3])
        writer.decided([2])
        #expect(
            try written() == "{\"ack\":1}\n"
                + "{\"rejected\":3,\"code\":\"wrong_type\",\"message\":\"tags must be of type array\"}\n"
                + "{\"ack\":3}\n")
    }

    private func written() throws -> String {
        var text = ""
        while var part = try channel.readOutbound(as: ByteBuffer.self) {
            text += part.readString(length: part.readableBytes) ?? ""
        }
        return text
    }
}
