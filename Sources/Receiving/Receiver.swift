package import Domain
internal import LocalHTTP
package import NIOCore
internal import NIOHTTP1
internal import Synchronization
package import Webhook

/// A local webhook receiver for trying out the relay. Verifies signatures, reports each request, and fails on purpose.
package final class Receiver: Sendable {
    /// Decides how to handle a request from its path and the number of earlier requests with the same webhook-id.
    package typealias Act = @Sendable (_ path: String, _ seenBefore: Int) -> FailureScript.Act

    private let secret: WebhookSecret?
    private let publicKey: Ed25519PublicKey?
    private let act: Act
    private let heard: @Sendable (ReceivedWebhook) -> Void
    private let seen = Mutex<[String: Int]>([:])

    /// - Parameters:
    ///   - secret: nil: signatures with a secret are not checked.
    ///   - publicKey: nil: Ed25519 signatures (`v1a`) are not checked.
    ///   - act: decides how each request is handled.
    ///   - heard: called with each request before the response is sent.
    package init(
        secret: WebhookSecret?, publicKey: Ed25519PublicKey? = nil, act: @escaping Act,
        heard: @escaping @Sendable (ReceivedWebhook) -> Void
    ) {
        self.secret = secret
        self.publicKey = publicKey
        self.act = act
        self.heard = heard
    }

    /// Listens on the loopback address; with port 0 the system chooses the port.
    package func start(port: Int, group: any EventLoopGroup) async throws -> any Channel {
        let server = HTTPServer(maxBody: 64 << 20, maxConnections: 4_096) { [self] in await receive($0) }
        return try await server.start(host: "127.0.0.1", port: port, group: group)
    }

    private func receive(_ request: HTTPRequest) async -> HTTPResponse? {
        guard request.method == .POST else {
            return HTTPResponse(status: .methodNotAllowed, contentType: "text/plain", text: "POST a webhook here\n")
        }
        let headers = Dictionary(
            request.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        let seenBefore = seen.withLock { seen in
            let id = headers["webhook-id"] ?? ""
            defer { seen[id, default: 0] += 1 }
            return seen[id, default: 0]
        }
        let act = self.act(request.target, seenBefore)
        heard(judge(request, headers, seenBefore: seenBefore, act: act))
        switch act {
        case .succeed: return HTTPResponse(status: .ok)
        case .answer(let status): return HTTPResponse(status: .init(statusCode: status))
        case .hang:
            try? await Task.sleep(for: .seconds(3_600))
            return nil
        }
    }

    private func judge(
        _ request: HTTPRequest, _ headers: [String: String], seenBefore: Int, act: FailureScript.Act
    ) -> ReceivedWebhook {
        let body = Array(request.body.readableBytesView)
        return ReceivedWebhook(
            path: request.target, headers: headers, body: body,
            flockSignature: verify(headers["x-flock-signature"]) { header, secret in
                FlockSignature.verify(header, body: body, secret: secret)
            },
            standardSignature: verify(headers["webhook-signature"]) { header, secret in
                guard let id = headers["webhook-id"], let time = headers["webhook-timestamp"].flatMap(Int64.init)
                else { return false }
                return StandardWebhooksSignature(secret: secret).verify(header, id: id, timestamp: time, body: body)
            },
            asymmetricSignature: verifyAsymmetric(headers, body),
            seenBefore: seenBefore, act: act)
    }

    private func verify(
        _ header: String?, _ isValid: (String, WebhookSecret) -> Bool
    ) -> ReceivedWebhook.Verification {
        guard let secret else { return .unchecked }
        guard let header else { return .missing }
        return isValid(header, secret) ? .valid : .invalid
    }

    private func verifyAsymmetric(_ headers: [String: String], _ body: [UInt8]) -> ReceivedWebhook.Verification {
        guard let publicKey else { return .unchecked }
        guard let header = headers["webhook-signature"], AsymmetricSignature.isPresent(in: header) else {
            return .missing
        }
        guard let id = headers["webhook-id"], let time = headers["webhook-timestamp"].flatMap(Int64.init),
            AsymmetricSignature.verify(header, id: id, timestamp: time, body: body, key: publicKey)
        else { return .invalid }
        return .valid
    }
}
