import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// What the relay's own host lacks is not charged to receivers, and takes neither time nor status from the relay.
    @Suite(.timeLimit(.minutes(2))) struct ShortageTests {
        /// Two event loops, so that the number of descriptors does not depend on the machine.
        private static let loops = ["NIO_SINGLETON_GROUP_LOOP_COUNT": "2"]

        private static func limit(_ openFiles: Int?) -> [String] {
            openFiles.map { ["prlimit", "--nofile=\($0)"] } ?? []
        }

        private func run(
            _ arguments: String..., openFiles: Int? = nil, environment: [String: String] = [:],
            _ body: (RelayProcess) async throws -> Void
        ) async throws {
            try await TemporaryDirectory.with { directory in
                let relay = try RelayProcess(
                    ["--sessions", "1", "--allow-network", "::1/128"] + arguments,
                    environment: Self.loops.merging(environment) { $1 }, through: Self.limit(openFiles), in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                try await body(relay)
            }
        }

        /// The share of one processor that the relay uses during a second.
        private func load(_ relay: RelayProcess) throws -> () async throws -> Double {
            let start = ContinuousClock.now
            let before = try relay.processorSeconds
            return {
                try await eventually("a second is over") { ContinuousClock.now - start >= .seconds(1) }
                return (try relay.processorSeconds - before) / ((ContinuousClock.now - start) / .seconds(1))
            }
        }

        private func url(_ receiver: RawReceiver, _ path: String = "/hook") -> String {
            "http://localhost:\(receiver.port)\(path)"
        }

        // MARK: Start

        @Test(
            "With too few descriptors the start fails with 78 and the number that is needed, which is enough",
            arguments: [
                ["--sessions", "1"], ["--sessions", "4"], ["--sessions", "1", "--ephemeral"],
                ["--sessions", "2", "--metrics-listen", "127.0.0.1:0"],
            ])
        func tooFewAtTheStart(_ arguments: [String]) async throws {
            try await TemporaryDirectory.with { directory in
                func start(_ openFiles: Int) throws -> RelayProcess {
                    try RelayProcess(arguments, environment: Self.loops, through: Self.limit(openFiles), in: directory)
                }
                let first = try start(24)
                defer { first.end() }
                #expect(try await first.waitForExit() == .code(78), "\(first.log)")
                let number = try #require(first.log.firstMatch(of: /is 24, but the relay needs at least (\d+)/))
                let needed = try #require(Int(number.1))
                let second = try start(needed - 1)
                defer { second.end() }
                #expect(try await second.waitForExit() == .code(78))
                let third = try start(needed)
                defer { third.end() }
                try await third.waitUntilReady()
                try await deliver(1...20, third)
            }
        }

        /// Delivers to one receiver by name and to one by address.
        private func deliver(_ artifacts: ClosedRange<Int>, _ relay: RelayProcess) async throws {
            let receiver = try await RawReceiver()
            let writer = try await relay.writer()
            try await writer.send(Lines.registration("c-1", receiver.url()))
            try await writer.send(Lines.artifacts(artifacts, "c-1"))
            try await relay.waitForDeliveries(delivered: artifacts.count)
            writer.close()
        }

        // MARK: Idle connections

        @Test("Idle writers leave descriptors for status and attempts; further ones wait, and one log line says so")
        func idleWriters() async throws {
            let receiver = try await RawReceiver()
            try await run(openFiles: 64) { relay in
                let writer = try await relay.writer()
                try await writer.waitForAcknowledgement(of: 1)
                var idle: [LineClient] = []
                for _ in 1...100 { idle.append(try await LineClient(socket: relay.eventSocket, greets: false)) }
                let load = try load(relay)
                try await eventually("accepting is paused") {
                    let answer = try await relay.ask("/readyz")
                    return answer.status == 503 && answer.text.contains("no further writers are accepted")
                }
                try await writer.send(Lines.registration("c-1", url(receiver)), Lines.artifact("a-1", "c-1"))
                try await relay.waitForDeliveries(delivered: 1)
                #expect(try await load() < 0.3)
                #expect(try await relay.ask("/healthz").status == 200)
                let last = try await relay.writer()
                try await last.send(Lines.artifact("a-2", "c-1"))
                #expect(last.replies.isEmpty)
                for connection in idle { connection.close() }
                try await last.waitForAcknowledgement(of: 2)
                try await relay.waitForDeliveries(delivered: 2)
                writer.close()
                try await eventually("it is ready") { try await relay.ask("/readyz").status == 200 }
                #expect(relay.log.split(separator: "\n").count { $0.contains("Not accepting further writers") } == 1)
                #expect(receiver.requests.map(\.attempt) == [1, 1])
            }
        }

        @Test("Idle readers of the status socket keep neither /healthz nor attempts from working")
        func idleReaders() async throws {
            let receiver = try await RawReceiver()
            try await run(openFiles: 64) { relay in
                let writer = try await relay.writer()
                var idle: [RawConnection] = []
                for _ in 1...100 { idle.append(try await RawConnection(socket: relay.statusSocket)) }
                try await writer.send(Lines.registration("c-1", url(receiver)), Lines.artifact("a-1", "c-1"))
                try await relay.waitForDeliveries(delivered: 1)
                #expect(try await relay.ask("/healthz").status == 200)
                for connection in idle { connection.close() }
            }
        }

        @Test("Many receivers are served with few descriptors, each delivery at its first attempt")
        func manyReceivers() async throws {
            var receivers: [RawReceiver] = []
            for _ in 1...20 { receivers.append(try await RawReceiver()) }
            try await run(openFiles: 64) { relay in
                let writer = try await relay.writer()
                for (number, receiver) in receivers.enumerated() {
                    try await writer.send(
                        [Lines.registration("c-\(number)", url(receiver))]
                            + (1...5).map { Lines.artifact("a-\(number)-\($0)", "c-\(number)") })
                }
                try await relay.waitForDeliveries(delivered: 100)
                #expect(Set(receivers.flatMap(\.requests).map(\.attempt)) == [1])
            }
        }

        // MARK: Nothing left

        @Test("With no descriptor left attempts wait uncharged, the processor is idle, and all goes on afterwards")
        func noDescriptors() async throws {
            let receiver = try await RawReceiver()
            try await run { relay in
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("named", url(receiver)), Lines.registration("c-1", receiver.url()))
                try await writer.waitForAcknowledgement(of: 3)
                let status = try await RawConnection(socket: relay.statusSocket)
                try await relay.limitOpenFiles(to: 3)
                try await writer.send(Lines.artifact("a-1", "named"), Lines.artifact("a-2", "c-1"))
                let load = try load(relay)
                let late = try await RawConnection(socket: relay.statusSocket)
                let lateWriter = try await relay.writer()
                try await eventually("the shortage is logged") {
                    relay.log.contains("Attempts wait") && relay.log.contains("Cannot accept connections")
                }
                try await status.write("GET /readyz HTTP/1.1\r\nHost: relay\r\n\r\n".utf8)
                try await eventually("/readyz says so") {
                    let answer = String(decoding: status.bytes, as: UTF8.self)
                    return answer.contains(" 503 ") && answer.contains("no free file descriptors")
                }
                #expect(try await load() < 0.3)
                #expect(receiver.requests.isEmpty)
                try await relay.limitOpenFiles(to: 1_024)
                try await relay.waitForDeliveries(delivered: 2)
                #expect(receiver.requests.map(\.attempt) == [1, 1])
                #expect(relay.logRecords("delivery.attempted").count == 2)
                #expect(relay.log.split(separator: "\n").count { $0.contains("Attempts wait") } == 1)
                try await lateWriter.waitForAcknowledgement(of: 1)
                late.close()
                lateWriter.close()
                status.close()
            }
        }

        /// A library in which calls of the transport and of look-ups fail while a file says which and how.
        private func makeFailingLibrary(in directory: String) async throws -> String {
            let source = directory + "/failing.c"
            let code = """
                #define _GNU_SOURCE
                #include <dlfcn.h>
                #include <errno.h>
                #include <netdb.h>
                #include <pthread.h>
                #include <stdio.h>
                #include <string.h>
                #include <sys/socket.h>
                static int failure(const char *call) {
                    char name[20] = "";
                    int code = 0;
                    FILE *file = fopen("\(directory)/failure", "r");
                    if (!file) return 0;
                    if (fscanf(file, "%19s %d", name, &code) != 2 || strcmp(name, call)) code = 0;
                    fclose(file);
                    return code;
                }
                int socket(int family, int type, int protocol) {
                    int code = family == AF_INET || family == AF_INET6 ? failure("socket") : 0;
                    int (*original)(int, int, int) = dlsym(RTLD_NEXT, "socket");
                    if (!code) return original(family, type, protocol);
                    errno = code;
                    return -1;
                }
                int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **all) {
                    int (*original)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
                        dlsym(RTLD_NEXT, "getaddrinfo");
                    int code = failure("getaddrinfo");
                    int system = failure("getaddrinfo-system");
                    if (system) errno = system;
                    return system ? EAI_SYSTEM : code ? code : original(host, service, hints, all);
                }
                int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
                    int (*original)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
                        dlsym(RTLD_NEXT, "pthread_create");
                    int code = attributes ? 0 : failure("pthread_create");
                    return code ? code : original(thread, attributes, body, argument);
                }
                """
            try Data(code.utf8).write(to: URL(fileURLWithPath: source))
            let library = directory + "/failing.so"
            let result = try await Binary.run(
                "/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, source], within: .seconds(30))
            try #require(result.exit == .code(0), "\(result.error)")
            return library
        }

        /// The thread sanitizer starts threads itself, so that they cannot be made to fail.
        static let failures = calls.filter { $0.call != "pthread_create" || Binary.memoryFactor == 1 }
        private static let calls: [(call: String, code: Int32, missing: String)] = [
            ("socket", ENFILE, "file descriptors"), ("socket", EMFILE, "file descriptors"),
            ("socket", ENOBUFS, "memory"), ("socket", ENOMEM, "memory"), ("getaddrinfo", EAI_MEMORY, "memory"),
            ("getaddrinfo-system", EMFILE, "file descriptors"), ("pthread_create", EAGAIN, "threads"),
        ]

        @Test("No call that fails for want of something on this host is charged to a receiver", arguments: failures)
        func failingCalls(_ call: String, _ code: Int32, _ missing: String) async throws {
            let receiver = try await RawReceiver()
            try await TemporaryDirectory.with { directory in
                let library = try await makeFailingLibrary(in: directory)
                try await run("--retry-max-retries", "0", environment: ["LD_PRELOAD": library]) { relay in
                    let failure = URL(fileURLWithPath: directory + "/failure")
                    try Data("\(call) \(code)\n".utf8).write(to: failure)
                    let writer = try await relay.writer(grace: false)
                    try await writer.send(Lines.registration("c-1", url(receiver)), Lines.artifact("a-1", "c-1"))
                    try await eventually("/readyz names what is missing") {
                        try await relay.ask("/readyz").text.contains("attempts wait: this host has no free \(missing)")
                    }
                    try FileManager.default.removeItem(at: failure)
                    try await relay.waitForDeliveries(delivered: 1)
                    #expect(receiver.requests.map(\.attempt) == [1])
                    #expect(relay.logRecords("delivery.attempted").count == 1)
                }
            }
        }

        @Test("A name that does not exist is still the receiver's failure")
        func missingName() async throws {
            try await run("--retry-max-retries", "0") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", "http://does-not-exist.invalid/"), Lines.artifact("a-1", "c-1"))
                let status = try await relay.waitForDeliveries(failed: 1)
                #expect(status.deliveries.failed_by_reason.object.mapValues(\.count) == ["dns_error": 1])
            }
        }
    }
}

extension RelayProcess {
    /// User and system time.
    fileprivate var processorSeconds: Double {
        get throws {
            let text = try String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            return fields[11...12].compactMap { Double($0) }.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Sets the soft limit of the running process.
    fileprivate func limitOpenFiles(to count: Int) async throws {
        let result = try await Binary.run(
            "/usr/bin/env", ["prlimit", "--pid", "\(processID)", "--nofile=\(count):"], within: .seconds(10))
        try #require(result.exit == .code(0), "\(result.error)")
    }
}
