import Addresses
import Domain
import TestSupport
import Testing

@Suite struct LookupTableTests {
    private static let found = LookupResult.found([.v4(IPv4Address(bits: 0x0808_0808))])

    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(.seconds(seconds)) }

    /// A table with this many look-ups in flight: `n0`, `n1`, …
    ///
    /// As many as the limits allow are for origins that are not known to answer.
    private func busyTable(_ inFlight: Int, of lookups: Int) -> LookupTable {
        var limits = LookupTable.Limits()
        limits.lookups = lookups
        var table = LookupTable(limits: limits)
        for number in 0..<inFlight {
            let isAnswering = number >= lookups - lookups / 8
            #expect(table.find("n\(number)", isAnswering: isAnswering, now: time(0)) == .lookUp)
        }
        return table
    }

    // MARK: Known results

    @Test func anAnswerIsReusedForFiveSeconds() {
        var table = LookupTable()
        #expect(table.find("a", isAnswering: false, now: time(0)) == .lookUp)
        #expect(table.ended("a", Self.found, now: time(1)) == nil)
        #expect(table.find("a", isAnswering: false, now: time(5.9)) == .known(Self.found))
        #expect(table.find("b", isAnswering: false, now: time(5.9)) == .lookUp, "another name")
        #expect(table.find("a", isAnswering: false, now: time(6)) == .lookUp, "the answer is five seconds old")
    }

    @Test(arguments: [LookupResult.notFound, .unanswered])
    func aFailureIsReusedForLessThanAnAnswer(_ result: LookupResult) {
        var table = LookupTable()
        _ = table.find("a", isAnswering: false, now: time(0))
        _ = table.ended("a", result, now: time(0))
        #expect(table.find("a", isAnswering: false, now: time(0.9)) == .known(result))
        #expect(table.find("a", isAnswering: false, now: time(1)) == .lookUp)
    }

    @Test("A look-up that this host could not make is made again for the next caller")
    func shortagesAreNotReused() {
        var table = LookupTable()
        _ = table.find("a", isAnswering: false, now: time(0))
        _ = table.ended("a", .notDone(.threads), now: time(1))
        #expect(table.find("a", isAnswering: false, now: time(1)) == .lookUp)
    }

    @Test func aTimedOutLookUpIsNotReusedButALateAnswerIs() {
        var table = LookupTable()
        _ = table.find("a", isAnswering: false, now: time(0))
        _ = table.ended("a", .unanswered, now: time(10))
        #expect(table.find("a", isAnswering: false, now: time(10)) == .lookUp)
        _ = table.ended("a", .notFound, now: time(20))
        #expect(table.find("a", isAnswering: false, now: time(20.9)) == .known(.notFound), "a late answer")
    }

    @Test func concurrentCallersShareOneLookUp() {
        var table = LookupTable()
        #expect(table.find("a", isAnswering: false, now: time(0)) == .lookUp)
        #expect(table.find("a", isAnswering: true, now: time(100)) == .join)
        #expect(table.ended("a", Self.found, now: time(100)) == nil)
        #expect(table.find("a", isAnswering: false, now: time(100)) == .known(Self.found))
    }

    // MARK: Order of look-ups

    @Test func aNameBeyondTheLimitIsLookedUpWhenAnotherLookUpEnds() {
        var table = busyTable(2, of: 2)
        for name in ["a", "b", "a"] { #expect(table.find(name, isAnswering: false, now: time(0)) == .join) }
        #expect(table.ended("n1", .notFound, now: time(1)) == "a")
        #expect(table.ended("n0", .unanswered, now: time(1)) == "b")
        #expect(table.ended("a", Self.found, now: time(2)) == nil)
        #expect(table.find("a", isAnswering: false, now: time(2)) == .known(Self.found))
        #expect(table.find("c", isAnswering: false, now: time(2)) == .lookUp)
    }

    @Test func namesOfAnsweringOriginsGoFirst() {
        var table = busyTable(4, of: 4)
        for name in ["a", "b"] { #expect(table.find(name, isAnswering: false, now: time(0)) == .join) }
        for name in ["c", "d"] { #expect(table.find(name, isAnswering: true, now: time(0)) == .join) }
        let started = (0..<4).compactMap { table.ended("n\($0)", Self.found, now: time(0)) }
        #expect(started == ["c", "d", "a", "b"])
    }

    @Test func aQueuedNameHasThePriorityOfItsBestCaller() {
        var table = busyTable(4, of: 4)
        for name in ["a", "b"] { #expect(table.find(name, isAnswering: false, now: time(0)) == .join) }
        #expect(table.find("b", isAnswering: true, now: time(0)) == .join, "another origin of the host")
        #expect(table.find("b", isAnswering: false, now: time(0)) == .join)
        let started = (0..<4).compactMap { table.ended("n\($0)", Self.found, now: time(0)) }
        #expect(started == ["b", "a"])
    }

    @Test func theLastEighthIsForAnsweringOrigins() {
        var table = busyTable(14, of: 16)
        for name in ["a", "b"] { #expect(table.find(name, isAnswering: false, now: time(0)) == .join) }
        #expect(table.find("c", isAnswering: true, now: time(0)) == .lookUp)
        #expect(table.find("b", isAnswering: true, now: time(0)) == .lookUp, "queued, now with priority")
        #expect(table.find("d", isAnswering: true, now: time(0)) == .join)
        #expect(table.ended("c", Self.found, now: time(0)) == "d")
        #expect(table.ended("d", Self.found, now: time(0)) == nil, "the last eighth is not for a")
        #expect(table.ended("n0", .unanswered, now: time(0)) == "a")
    }

    @Test(arguments: [false, true])
    func anAbandonedNameIsNotLookedUp(isAnswering: Bool) {
        var table = busyTable(2, of: 2)
        for name in ["a", "b"] { #expect(table.find(name, isAnswering: isAnswering, now: time(0)) == .join) }
        table.abandon("a")
        table.abandon("n0")
        #expect(table.nameCount == 3)
        #expect(table.find("n0", isAnswering: isAnswering, now: time(0)) == .join, "its look-up goes on")
        #expect(table.ended("n0", .notFound, now: time(0)) == "b")
        #expect(table.ended("n1", .notFound, now: time(0)) == nil)
        #expect(
            table.find("a", isAnswering: isAnswering, now: time(0)) == .lookUp, "an abandoned name starts anew")
    }

    @Test func theTimeInTheQueueDoesNotCountForExpiry() {
        var table = busyTable(1, of: 1)
        #expect(table.find("a", isAnswering: false, now: time(0)) == .join)
        #expect(table.ended("n0", Self.found, now: time(4)) == "a")
        #expect(table.ended("a", .unanswered, now: time(4.5)) == nil)
        #expect(table.find("a", isAnswering: false, now: time(4.9)) == .known(.unanswered))
        #expect(table.find("a", isAnswering: false, now: time(5)) == .lookUp)
    }

    /// A model of the look-ups in flight and the queued names, compared with the table.
    private struct World {
        var table: LookupTable
        var random: SeededGenerator
        var now = 0.0
        /// For each name, whether its origin was known to answer when the look-up began.
        var inFlight: [String: Bool] = [:]
        var queued: [String: Bool] = [:]

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            var limits = LookupTable.Limits()
            limits.lookups = 8
            limits.names = 1
            table = LookupTable(limits: limits)
        }

        var clock: MonotonicTime { MonotonicTime(.seconds(now)) }

        mutating func ask() {
            let name = "n\(Int.random(in: 0..<40, using: &random))"
            let isAnswering = Int.random(in: 0..<4, using: &random) == 0
            switch table.find(name, isAnswering: isAnswering, now: clock) {
            case .known: #expect(inFlight[name] == nil && queued[name] == nil, "\(name) has no result")
            case .lookUp:
                #expect(inFlight[name] == nil, "\(name) is looked up twice at a time")
                #expect(queued[name] != true, "\(name) was queued with priority")
                queued[name] = nil
                inFlight[name] = isAnswering
            case .join: if inFlight[name] == nil { queued[name] = isAnswering || queued[name] == true }
            }
        }

        mutating func end() {
            guard let name = inFlight.keys.sorted().randomElement(using: &random) else { return }
            inFlight[name] = nil
            let result = [LookupResult.notFound, .unanswered].randomElement(using: &random) ?? .notFound
            guard let next = table.ended(name, result, now: clock) else { return }
            let isAnswering = queued.removeValue(forKey: next)
            #expect(isAnswering != nil, "\(next) is not queued")
            #expect(isAnswering == true || !queued.values.contains(true), "names of answering origins go first")
            #expect(inFlight[next] == nil, "\(next) is looked up twice at a time")
            inFlight[next] = isAnswering ?? false
        }

        mutating func abandon() {
            guard let name = queued.keys.sorted().randomElement(using: &random) else { return }
            queued[name] = nil
            table.abandon(name)
        }

        mutating func step() {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...5: ask()
            case 6...8: end()
            default: abandon()
            }
            now += 0.1
            check()
        }

        /// The limits hold, and no name is queued while it could be looked up.
        func check() {
            let others = inFlight.values.filter { !$0 }.count
            #expect(inFlight.count <= 8 && others <= 7)
            #expect(!queued.values.contains(true) || inFlight.count == 8)
            #expect(!queued.values.contains(false) || inFlight.count == 8 || others == 7)
        }
    }

    @Test("Every queued name is looked up, in whatever order look-ups end", arguments: 1...20 as ClosedRange<UInt64>)
    func everyNameIsLookedUp(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<1_000 { world.step() }
        while !world.inFlight.isEmpty {
            world.end()
            world.check()
        }
        #expect(world.queued.isEmpty)
        world.now += 10
        #expect(world.table.find("last", isAnswering: false, now: world.clock) == .lookUp)
        #expect(world.table.nameCount == 1, "the others are known, expired and forgotten")
    }

    // MARK: Expiry

    @Test func expiredNamesAreRemoved() {
        var limits = LookupTable.Limits()
        limits.names = 2
        var table = LookupTable(limits: limits)
        for name in ["a", "b"] {
            _ = table.find(name, isAnswering: false, now: time(0))
            _ = table.ended(name, Self.found, now: time(0))
        }
        #expect(table.find("c", isAnswering: false, now: time(6)) == .lookUp)
        #expect(table.nameCount == 1)
    }

    @Test func namesWithWaitingCallersAreKept() {
        var limits = LookupTable.Limits()
        limits.names = 1
        limits.lookups = 2
        var table = LookupTable(limits: limits)
        _ = table.find("a", isAnswering: false, now: time(0))
        _ = table.find("b", isAnswering: false, now: time(0))
        _ = table.ended("a", .notFound, now: time(0))
        for name in ["c", "d"] { _ = table.find(name, isAnswering: false, now: time(9)) }
        #expect(table.nameCount == 3, "a has expired")
        #expect(table.find("b", isAnswering: false, now: time(9)) == .join)
        #expect(table.ended("b", .notFound, now: time(9)) == "d")
    }
}
