import Dispatch
import Glibc

/// Events of a terminal: keys, signals, and changes of its size.
final class TerminalEvents {
    enum Event: Sendable {
        case key(Character)
        case resized
        /// Ctrl-Z.
        case suspended
        /// The program runs again after it was stopped.
        case continued
        case stopped
    }

    private static let stopSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let queue = DispatchQueue(label: "terminal")
    private var sources: [any DispatchSourceProtocol] = []

    init() {
        (events, continuation) = AsyncStream.makeStream()
        for signal in Self.stopSignals { watch(signal, .stopped) }
        watch(SIGWINCH, .resized)
        watch(SIGTSTP, .suspended)
        watch(SIGCONT, .continued)
        if isatty(STDIN_FILENO) == 1 { watchKeys() }
    }

    private func watch(_ number: Int32, _ event: Event) {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { [continuation] in continuation.yield(event) }
        source.resume()
        sources.append(source)
    }

    private func watchKeys() {
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
        source.setEventHandler { [continuation] in
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if count == 0 { source.cancel() }
            // Arrow and function keys send ESC and letters, which must not count as keys.
            guard count > 0, bytes[0] != 0x1B else { return }
            for byte in bytes.prefix(count) { continuation.yield(.key(Character(UnicodeScalar(byte)))) }
        }
        source.resume()
        sources.append(source)
    }
}
