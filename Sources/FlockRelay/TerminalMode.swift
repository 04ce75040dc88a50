import Glibc
import Synchronization
import Terminal

/// The terminal while a program shows a screen: keys arrive at once and are not echoed, and the second screen is shown.
///
/// ``leave()`` restores what was there. It may be called at any time and more than once.
final class TerminalMode: Sendable {
    /// nil while the terminal is as it was.
    private let saved = Mutex<termios?>(nil)

    /// The size now; 80 × 24 if the terminal does not say.
    static var size: ScreenSize {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return ScreenSize(columns: 80, rows: 24)
        }
        return ScreenSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    func enter() throws(StandardOutput.Closed) {
        if var mode = before() {
            // Signals stay: Ctrl-C and Ctrl-Z work as everywhere.
            mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
            unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
        }
        try StandardOutput.write(Frame.enter)
    }

    /// How the terminal was before ``enter()``; nil if the input is no terminal.
    private func before() -> termios? {
        saved.withLock { saved in
            if saved == nil {
                var mode = termios()
                if unsafe tcgetattr(STDIN_FILENO, &mode) == 0 { saved = mode }
            }
            return saved
        }
    }

    func leave() {
        try? StandardOutput.write(Frame.leave)
        let before = saved.withLock { saved in
            defer { saved = nil }
            return saved
        }
        if var before { unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &before) }
    }
}
