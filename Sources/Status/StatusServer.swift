#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
package import LocalHTTP
package import NIOHTTP1

/// Answers the routes of the status socket. Read-only.
package struct StatusServer: Sendable {
    private let source: any StatusSource

    package init(source: any StatusSource) { self.source = source }

    /// The server to start on the status socket. Request bodies are ignored.
    package func server(
        maxConnections: Int, acceptFailed: @escaping @Sendable (Int32) -> Void
    ) -> HTTPServer {
        HTTPServer(maxBody: 64 << 10, maxConnections: maxConnections, acceptFailed: acceptFailed) {
            await respond(to: $0)
        }
    }

    /// The answer to one request.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let route: StatusRoute
        do throws(StatusRoute.Problem) {
            route = try StatusRoute(target: request.target)
        } catch {
            return Self.answer(error)
        }
        guard request.method == .GET else {
            var response = Self.problem(.methodNotAllowed, "the method is not allowed; use GET")
            response.headers.add(name: "Allow", value: "GET")
            return response
        }
        return await answer(route)
    }

    private static func answer(_ problem: StatusRoute.Problem) -> HTTPResponse {
        switch problem {
        case .unknownRoute:
            Self.problem(.notFound, "no such route; the routes are \(StatusRoute.paths)")
        case .badQuery(let message): Self.problem(.badRequest, message)
        }
    }

    private func answer(_ route: StatusRoute) async -> HTTPResponse {
        do {
            switch route {
            case .health:
                let health = await source.health()
                return Self.json(health, status: health.failing == nil ? .ok : .serviceUnavailable)
            case .readiness:
                let readiness = await source.readiness()
                return Self.json(readiness, status: readiness.ready ? .ok : .serviceUnavailable)
            case .status: return Self.json(try await source.status())
            case .history: return Self.json(await source.history())
            case .correlations(let query): return Self.json(try await source.correlations(query))
            case .correlation(let id, let query):
                guard let report = try await source.correlation(id, query) else {
                    return Self.problem(.notFound, "no workflow with this correlation_id is in the outbox")
                }
                return Self.json(report)
            case .metrics:
                return HTTPResponse(
                    status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8", text: await source.metrics())
            }
        } catch {
            return Self.problem(.internalServerError, "the outbox cannot be read: \(error)")
        }
    }

    private static func json(_ value: some Encodable, status: HTTPResponseStatus = .ok) -> HTTPResponse {
        guard let data = try? StatusJSON.encoder.encode(value) else {
            return HTTPResponse(status: .internalServerError)
        }
        return HTTPResponse(
            status: status, contentType: "application/json", text: String(decoding: data, as: UTF8.self) + "\n")
    }

    /// An error as JSON.
    package static func problem(_ status: HTTPResponseStatus, _ message: String) -> HTTPResponse {
        json(["error": message], status: status)
    }
}
