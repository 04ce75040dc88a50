import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// A URLSession that does not end its requests is reported as a defect of the relay; a restart loses nothing.
    @Suite struct StuckSessionTests {
        /// A library that blocks libcurl's event loop while a file exists.
        private func makeBlockingLibrary(in directory: String) async throws -> String {
            let source = directory + "/blocking.c"
            let library = directory + "/blocking.so"
            let code = """
                #define _GNU_SOURCE
                #include <dlfcn.h>
                #include <unistd.h>
                int curl_multi_socket_action(void *multi, int socket, int events, int *running) {
                    while (access("\(directory)/stuck", F_OK) == 0) usleep(10000);
                    int (*original)(void *, int, int, int *) = dlsym(RTLD_NEXT, "curl_multi_socket_action");
                    return original(multi, socket, events, running);
                }
                """
            try Data(code.utf8).write(to: URL(fileURLWithPath: source))
            let result = try await Binary.run(
                "/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, source], within: .seconds(30))
            try #require(result.exit == .code(0), "\(result.error)")
            return library
        }

        @Test(
            "A stuck URLSession makes /healthz answer 503, is counted and logged, and costs no delivery an attempt",
            .timeLimit(.minutes(1)))
        func stuckSessionIsReported() async throws {
            let receiver = try await RawReceiver()
            try await TemporaryDirectory.with { directory in
                let library = try await makeBlockingLibrary(in: directory)
                let stuck = directory + "/stuck"
                let relay = try RelayProcess(
                    ["--timeout", "500ms", "--sessions", "1"], environment: ["LD_PRELOAD": library], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                #expect(FileManager.default.createFile(atPath: stuck, contents: nil))
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...3, "c-1"))
                try await eventually("/healthz answers 503", within: .seconds(20)) {
                    try await relay.ask("/healthz").status == 503
                }
                #expect(try await relay.ask("/readyz").status == 503)
                #expect(try await relay.ask("/metrics").sample("flock_relay_session_stalls_total") == 1)
                #expect(relay.log.contains("A URLSession does not end its requests"))
                relay.send(SIGKILL)
                _ = try await relay.waitForExit()
                try FileManager.default.removeItem(atPath: stuck)
                let next = try RelayProcess(in: directory)
                defer { next.end() }
                try await next.waitUntilReady()
                try await next.waitForDeliveries(delivered: 3)
                let deliveries = try await next.correlation("c-1").deliveries.list
                #expect(deliveries.allSatisfy { $0.attempts.list.count == 1 })
                #expect(Set(receiver.requests.map(\.attempt)) == [1])
            }
        }
    }
}
