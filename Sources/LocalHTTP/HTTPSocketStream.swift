package import NIOCore
package import NIOHTTP1
internal import NIOPosix

/// Reads a response without an end over a Unix-domain socket.
package enum HTTPSocketStream {
    /// Sends a GET and passes the response on as it arrives. Nothing is read ahead of a part that is still in use, so a
    /// slow user costs no memory.
    ///
    /// - Parameters:
    ///   - head: called once with the status.
    ///   - part: called with each part of the body.
    /// - Throws: ``HTTPSocketClient/Failure``: `notReachable`, or `noAnswer` if the response broke off. What `head` and
    ///   `part` throw ends the connection.
    package static func get(
        _ target: String, socket: String, group: any EventLoopGroup,
        head: (HTTPResponseStatus) async throws -> Void, part: (ByteBuffer) async throws -> Void
    ) async throws {
        let channel = try await connect(socket, group)
        try await channel.executeThenClose { inbound, outbound in
            let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: ["Host": "relay"])
            var hasEnded = false
            do {
                try await outbound.write(contentsOf: [.head(request), .end(nil)])
                for try await received in inbound {
                    switch received {
                    case .head(let response): try await head(response.status)
                    case .body(let bytes): try await part(bytes)
                    case .end: hasEnded = true
                    }
                    if hasEnded { break }
                }
            } catch is ChannelError {
            } catch is IOError {
            } catch is HTTPParserError {
            }
            if !hasEnded { throw HTTPSocketClient.Failure.noAnswer }
        }
    }

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private static func connect(_ socket: String, _ group: any EventLoopGroup) async throws -> Channel {
        do {
            return try await ClientBootstrap(group: group).connect(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
        } catch {
            throw HTTPSocketClient.Failure.notReachable("\(error)")
        }
    }
}
