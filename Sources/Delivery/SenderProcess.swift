internal import Events
internal import Foundation
internal import Frames
internal import Glibc
internal import Logging
package import NIOCore
internal import NIOPosix
internal import Subprocess
internal import SystemPackage

/// How sender processes are started.
package struct SenderCommand: Sendable {
    /// The executable; it is given the hidden command `sender`.
    package let executable: String
    private let connectionsPerHost: Int
    /// The processors that this process may use.
    private let processors = Processors.allowed

    /// - Parameter connectionsPerHost: what URLSession is given as its limit. Must be above what the lanes use
    ///   (row 6 of urlsession.md).
    package init(executable: String = "/proc/self/exe", connectionsPerHost: Int) {
        self.executable = executable
        self.connectionsPerHost = connectionsPerHost
    }

    /// - Parameter place: of the sender; neighbours go to different processors. nil: it may run anywhere.
    func arguments(place: Int?) -> [String] {
        let pinned = place.flatMap { processors.isEmpty ? nil : processors[$0 % processors.count] }
        return ["sender", "--connections-per-host", "\(connectionsPerHost)"]
            + (pinned.map { ["--processor", "\($0)"] } ?? [])
    }

    /// Nothing of the daemon's environment but what the loader and the sanitizers need.
    ///
    /// Row 14 of urlsession.md: no proxy. Row 20: look-ups that give up soon. A crash is to end at once, without a
    /// backtrace that holds the request.
    fileprivate var environment: Environment {
        var variables: [Environment.Key: String] = [
            "RES_OPTIONS": "timeout:1 attempts:1", "SWIFT_BACKTRACE": "enable=no", "LANG": "C.UTF-8",
        ]
        for name in ["PATH", "LD_LIBRARY_PATH", "TZ", "ASAN_OPTIONS", "TSAN_OPTIONS"] {
            if let value = unsafe getenv(name) {
                variables[Environment.Key(stringLiteral: name)] = unsafe String(cString: value)
            }
        }
        return .custom(variables)
    }
}

/// A running sender as its owner writes to it.
package final class SenderChannel: Sendable {
    package let processID: Int32
    private let channel: any Channel

    package init(processID: Int32, channel: any Channel) {
        self.processID = processID
        self.channel = channel
    }

    func send(_ request: SendRequest) {
        channel.writeAndFlush(ByteBuffer(bytes: request.encoded()), promise: nil)
    }

    /// The sender ends when its input does, once it has nothing more in flight.
    func finish() { channel.close(mode: .output, promise: nil) }

    func kill() { _ = Glibc.kill(processID, SIGKILL) }

    /// Bytes of memory resident now; 0 once the process is gone.
    var residentBytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}

/// One sender process from start to end.
enum SenderProcess {
    /// How a sender ended.
    struct Exit: CustomStringConvertible {
        let description: String
        /// It ended as it was told, or when the daemon closed its input.
        let isClean: Bool
    }

    /// Starts a sender, tells what it says, and returns when the process has ended.
    ///
    /// - Parameters:
    ///   - place: the sender's number among the ordinary ones; nil for one set apart.
    ///   - started: called once with the way to write to it.
    ///   - heard: called for each message, on the event loop.
    ///   - silent: called once when nothing more will be heard; before `started` if the sender ends at once.
    static func run(
        _ command: SenderCommand, place: Int?, on group: any EventLoopGroup,
        started: @escaping @Sendable (SenderChannel) -> Void,
        heard: @escaping @Sendable (SenderMessage) -> Void,
        silent: @escaping @Sendable () -> Void
    ) async throws -> Exit {
        let pipes = try SenderPipes()
        defer { pipes.closeOwnEnds() }
        let result = try await Subprocess.run(
            .path(FilePath(command.executable)),
            arguments: Arguments(
                executablePathOverride: "flock-relay", remainingValues: command.arguments(place: place)),
            environment: command.environment,
            input: .fileDescriptor(pipes.senderInput, closeAfterSpawningProcess: true),
            output: .fileDescriptor(pipes.senderOutput, closeAfterSpawningProcess: true),
            error: .currentStandardError
        ) { execution in
            // Before the process is waited for: it ends when its input does.
            defer { pipes.closeOwnEnds() }
            let channel = try await NIOPipeBootstrap(group: group)
                .channelOption(.allowRemoteHalfClosure, value: false)
                .channelOption(.autoRead, value: false)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(MessageHandler(heard: heard, silent: silent))
                    }
                }
                .takingOwnershipOfDescriptors(input: pipes.input.rawValue, output: pipes.output.rawValue).get()
            pipes.giveOwnEnds()
            started(SenderChannel(processID: execution.processIdentifier.value, channel: channel))
            // Read only now: that it is ready must not be heard before its owner knows of it.
            try? await channel.setOption(.autoRead, value: true).get()
            try? await channel.closeFuture.get()
        }
        return Exit(description: "\(result.terminationStatus)", isClean: result.terminationStatus.isSuccess)
    }
}

/// Cuts what a sender writes into messages; a sender that cannot be understood is cut off.
private final class MessageHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var splitter = FrameSplitter(maximumLength: 1 << 20)
    private let heard: @Sendable (SenderMessage) -> Void
    private let silent: @Sendable () -> Void

    init(heard: @escaping @Sendable (SenderMessage) -> Void, silent: @escaping @Sendable () -> Void) {
        self.heard = heard
        self.silent = silent
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        splitter.append(unwrapInboundIn(data).readableBytesView)
        do throws(FrameError) {
            while let frame = try splitter.next() { heard(try SenderMessage(decoding: frame)) }
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { silent() }
}
