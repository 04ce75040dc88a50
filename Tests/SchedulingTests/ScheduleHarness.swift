import Domain
import Scheduling
import TestSupport

/// A schedule driven with plain numbers: ids and seconds.
struct ScheduleHarness {
    var schedule: Schedule
    /// Attempts made before each start, by delivery.
    private var starts: [Int64: [Int]] = [:]

    init(total: Int, perOrigin: Int, bytes: Int = 64 << 20) {
        schedule = Schedule(limits: .init(maxInFlight: total, maxInFlightPerOrigin: perOrigin, maxBytesInFlight: bytes))
    }

    init(limits: Schedule.Limits) { schedule = Schedule(limits: limits) }

    /// Passes the outbox's answer to a query on to the schedule.
    mutating func answer(_ query: Refill, with ids: some Sequence<Int>) {
        let tickets = ids.map { (Sample.ticket(Int64($0), to: "a"), wait: Duration.zero) }
        schedule.refill(query, with: tickets, now: time(0))
    }

    func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(.seconds(seconds)) }

    mutating func add(_ ticket: Ticket) { schedule.add(ticket) }

    mutating func start(at seconds: Double = 0) -> [Int64] {
        let tickets = schedule.start(now: time(seconds))
        for ticket in tickets { starts[ticket.id.rawValue, default: []].append(ticket.attempts) }
        return tickets.map(\.id.rawValue)
    }

    mutating func deliver(_ id: Int64) {
        schedule.end(DeliveryID(id), .delivered, nil, timedOut: false, now: time(0))
    }

    mutating func giveUp(_ id: Int64) {
        schedule.end(DeliveryID(id), .failed(.http(500)), .http(500), timedOut: false, now: time(0))
    }

    mutating func fail(_ id: Int64, retryAfter wait: Double, timedOut: Bool = false, at seconds: Double) {
        schedule.end(
            DeliveryID(id), .retry(after: .seconds(wait)), timedOut ? .timeout : .http(503), timedOut: timedOut,
            now: time(seconds))
    }

    /// The receiver of an attempt in flight asks for a pause.
    mutating func pause(_ origin: String, for wait: Double, at seconds: Double) {
        schedule.pause(Sample.origin(origin), for: .seconds(wait), now: time(seconds))
    }

    /// Makes one attempt to each of these origins, which answers or times out.
    mutating func prove(_ origins: [String], timedOut: Bool = false) {
        for (number, origin) in origins.enumerated() {
            let id = DeliveryID(Int64(-1 - number))
            schedule.add(Sample.ticket(id.rawValue, to: origin, bytes: 0))
            _ = schedule.start(now: time(0))
            schedule.end(id, .failed(.timeout), .timeout, timedOut: timedOut, now: time(0))
        }
    }

    func attempts(of id: Int64) -> [Int] { starts[id] ?? [] }
}

extension Schedule {
    /// An attempt ended and is recorded at once.
    mutating func end(_ id: DeliveryID, _ verdict: Verdict, _ error: ErrorClass?, timedOut: Bool, now: MonotonicTime) {
        attemptEnded(id, error, timedOut: timedOut, now: now)
        recorded(id, verdict, endedAt: now)
    }
}
