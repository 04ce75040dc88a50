internal import CCurl
internal import DequeModule
internal import Domain
internal import Foundation
internal import Glibc

/// Runs on an engine's thread: waits for sockets, drives libcurl, and reports how transfers ended.
///
/// Their tasks end on the session's queue, in one block for all transfers that ended in one turn.
@safe final class CurlLoop {
    /// A decided transfer whose body is still read.
    private struct Lingering {
        /// nil once the transfer has ended.
        weak var handle: CurlHandle?
        let until: ContinuousClock.Instant
    }

    private let wakeup: Int32
    private let epoll: Int32
    private let multi: UnsafeMutableRawPointer
    private let connections: OpenConnections
    private let caFile: String?
    private let queue: DispatchQueue
    private var active: [UnsafeMutableRawPointer: CurlHandle] = unsafe [:]
    /// Handles whose headers were completed in this turn.
    private var decided: [CurlHandle] = []
    /// Descriptors that epoll knows.
    private var watched: Set<Int32> = []
    private var lingering: Deque<Lingering> = []
    private var lingeringCount = 0
    private var deadlines = unsafe Deadlines<UnsafeMutableRawPointer>()
    private var ended: [(Transfer, SendResult)] = []
    /// When libcurl must act although no socket is ready.
    private var timer: ContinuousClock.Instant?

    init(
        wakeup: Int32, connections: OpenConnections, limits: EngineLimits, caFile: String?, queue: DispatchQueue
    ) throws(TransportError) {
        self.wakeup = wakeup
        self.connections = connections
        self.caFile = caFile
        self.queue = queue
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw TransportError("no descriptor for an engine: \(SystemError.current)") }
        guard let multi = unsafe curl_multi_init() else { throw TransportError("no memory for libcurl") }
        unsafe self.multi = multi
        // Each write wakes the thread, and the count is never read.
        watch(wakeup, EPOLLIN.rawValue | EPOLLET.rawValue)
        unsafe _ = relay_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.maxConnections)
        // One request at a time on each connection. libcurl 7.88 takes a busy HTTP/1.1 connection for one that multiplexes,
        // if an earlier connection to the origin did, and mixes two requests on it (docs/urlsession.md).
        unsafe _ = relay_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        // At this many connections libcurl closes an idle one before it opens another, or waits for one to become idle.
        unsafe _ = relay_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.maxConnections)
        unsafe _ = relay_multi_set_callbacks(
            multi, Unmanaged.passUnretained(self).toOpaque(),
            { _, socket, wanted, context, _ in
                unsafe CurlLoop.of(context)?.watch(socket, wanted)
                return 0
            },
            { _, milliseconds, context in
                unsafe CurlLoop.of(context)?.timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
                return 0
            })
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlLoop? {
        unsafe context.map { unsafe Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// - Parameter takeArrivals: gives the transfers that have come since it was called last; nil ends the loop.
    func run(takeArrivals: () -> [Transfer]?) {
        // As many as requests can be in flight, so that one look finds every response that has come.
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 4_096)
        while true {
            let count = unsafe epoll_wait(epoll, &events, Int32(events.count), waitMilliseconds)
            for index in 0..<Int(max(count, 0)) { unsafe act(on: events[index]) }
            guard let arrivals = takeArrivals() else { return }
            for transfer in arrivals { begin(transfer) }
            if let timer, timer <= .now { act(on: CURL_SOCKET_TIMEOUT, 0) }
            takeMessages()
            reportDecided()
            // Last, so that a response that came in time counts even if the engine reads it late.
            endOverdue(.now)
            endLingering(.now)
            handOver()
        }
    }

    // MARK: Sockets and time

    private func watch(_ socket: curl_socket_t, _ wanted: Int32) {
        switch wanted {
        case CURL_POLL_IN: watch(socket, EPOLLIN.rawValue)
        case CURL_POLL_OUT: watch(socket, EPOLLOUT.rawValue)
        case CURL_POLL_INOUT: watch(socket, EPOLLIN.rawValue | EPOLLOUT.rawValue)
        default:
            watched.remove(socket)
            _ = epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
        }
    }

    private func watch(_ descriptor: Int32, _ wanted: UInt32) {
        var event = unsafe epoll_event(events: wanted, data: epoll_data_t(fd: descriptor))
        let isNew = watched.insert(descriptor).inserted
        guard unsafe epoll_ctl(epoll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) != 0 else { return }
        // The descriptor was closed and reused, so `watched` is out of date.
        unsafe _ = epoll_ctl(epoll, isNew ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event)
    }

    /// Until the timer, the next deadline or the end of the oldest lingering transfer, rounded up; -1: until something
    /// happens.
    private var waitMilliseconds: Int32 {
        let times = unsafe [timer, deadlines.next, lingering.first?.until]
        guard let due = times.compactMap({ $0 }).min() else { return -1 }
        let wait = (due - .now + .microseconds(999)).milliseconds
        return Int32(clamping: max(wait, 0))
    }

    private func act(on event: epoll_event) {
        let descriptor = unsafe event.data.fd
        if descriptor == wakeup { return }
        let ready = unsafe event.events
        var flags: Int32 = 0
        if ready & EPOLLIN.rawValue != 0 { flags |= CURL_CSELECT_IN }
        if ready & EPOLLOUT.rawValue != 0 { flags |= CURL_CSELECT_OUT }
        if ready & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { flags |= CURL_CSELECT_ERR }
        act(on: descriptor, flags)
    }

    private func act(on socket: curl_socket_t, _ flags: Int32) {
        if socket == CURL_SOCKET_TIMEOUT { timer = nil }
        var running: Int32 = 0
        unsafe _ = curl_multi_socket_action(multi, socket, flags, &running)
    }

    // MARK: Transfers

    private func begin(_ transfer: Transfer) {
        let environment = CurlHandle.Environment(connections: connections, caFile: caFile) { [unowned self] in
            decided.append($0)
        }
        // Without memory the process cannot continue.
        guard let handle = CurlHandle(transfer, environment) else { fatalError("no memory for a request") }
        perform(handle)
    }

    private func perform(_ handle: CurlHandle) {
        unsafe active[handle.easy] = handle
        unsafe deadlines.set(handle.easy, handle.due)
        unsafe _ = curl_multi_add_handle(multi, handle.easy)
    }

    private func takeMessages() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let handle = unsafe message.pointee.easy_handle.flatMap({ unsafe active[$0] })
            else { continue }
            finish(handle, unsafe message.pointee.data.result)
        }
    }

    private func finish(_ handle: CurlHandle, _ code: CURLcode) {
        if let successor = handle.successor(after: code) {
            release(handle)
            perform(successor)
        } else {
            report(handle, handle.result(of: code))
            release(handle)
        }
    }

    private func endOverdue(_ now: ContinuousClock.Instant) {
        while let easy = unsafe deadlines.takeDue(now) {
            guard let handle = unsafe active[easy] else { continue }
            if handle.extendToWholeTransfer() {
                unsafe deadlines.set(easy, handle.due)
            } else {
                finish(handle, CURLE_OPERATION_TIMEDOUT)
            }
        }
    }

    private func release(_ handle: CurlHandle) {
        unsafe _ = curl_multi_remove_handle(multi, handle.easy)
        unsafe deadlines.remove(handle.easy)
        unsafe active[handle.easy] = nil
        handle.finish()
        if handle.isLingering { lingeringCount -= 1 }
    }

    private func report(_ handle: CurlHandle, _ result: SendResult) {
        guard !handle.isReported else { return }
        handle.isReported = true
        ended.append((handle.transfer, result))
    }

    /// The headers decide; the body of such a transfer is read for a while, so that its connection can be used again.
    ///
    /// Over HTTP/2 the stream ends at once: the connection stays usable, and libcurl would otherwise send the request again
    /// if the receiver then demanded HTTP/1.1.
    private func reportDecided() {
        for handle in decided where !handle.isOver {
            guard let outcome = handle.response.outcome else { continue }
            report(handle, .ended(outcome))
            if handle.usesHTTP2 {
                release(handle)
            } else {
                linger(handle)
            }
        }
        decided.removeAll(keepingCapacity: true)
    }

    private func linger(_ handle: CurlHandle) {
        unsafe deadlines.remove(handle.easy)
        handle.isLingering = true
        lingeringCount += 1
        lingering.append(Lingering(handle: handle, until: .now + EngineLimits.maxBodyTime))
    }

    private func endLingering(_ now: ContinuousClock.Instant) {
        while let oldest = lingering.first {
            let isOver = oldest.handle?.isOver ?? true
            guard isOver || oldest.until <= now || lingeringCount > EngineLimits.maxLingering else { return }
            lingering.removeFirst()
            if !isOver, let handle = oldest.handle { release(handle) }
        }
    }

    private func handOver() {
        guard !ended.isEmpty else { return }
        let batch = ended
        ended.removeAll(keepingCapacity: true)
        for (transfer, result) in batch { transfer.ended(result) }
        queue.async {
            for (transfer, _) in batch { transfer.task?.end() }
        }
    }
}
