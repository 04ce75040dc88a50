import CLinux
import Glibc

/// Tells which descriptors can be read, with `epoll(7)`, level-triggered.
@safe struct Poller: ~Copyable {
    private let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)

    deinit { close(descriptor) }

    func add(_ watched: Int32) {
        var event = unsafe epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: watched))
        unsafe epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event)
    }

    /// Waits until a descriptor can be read, at most this number of milliseconds, and calls `body` for each that can.
    mutating func wait(milliseconds: Int32, _ body: (Int32) -> Void) {
        let count = unsafe epoll_wait(descriptor, &events, Int32(events.count), milliseconds)
        for index in 0..<Int(max(count, 0)) { unsafe body(events[index].data.fd) }
    }
}
