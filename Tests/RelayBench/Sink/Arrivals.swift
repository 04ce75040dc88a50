import Glibc
import Synchronization

/// When each numbered request reached the sink. The sink's thread writes; others read once ``count`` says it is there.
@safe final class Arrivals: @unchecked Sendable {
    /// Numbers from 0 until this are recorded.
    static let capacity = 1 << 24

    /// Monotonic nanoseconds, 0 for a request that has not arrived. Zeroed pages take no memory until they are used.
    private let moments: UnsafeMutablePointer<Int64>
    private let arrived = Atomic<Int>(0)
    private let repeated = Atomic<Int>(0)

    init() {
        guard let memory = unsafe calloc(Self.capacity, MemoryLayout<Int64>.stride) else { fatalError("out of memory") }
        unsafe moments = memory.bindMemory(to: Int64.self, capacity: Self.capacity)
    }

    deinit { unsafe free(moments) }

    /// Requests that have arrived, without repeated ones.
    var count: Int { arrived.load(ordering: .acquiring) }
    /// Requests whose number had arrived before.
    var duplicates: Int { repeated.load(ordering: .acquiring) }

    /// Counts a request.
    ///
    /// - Parameter number: its number; nil if it has none.
    func record(_ number: Int?, at moment: Int64) {
        if let number, number < Self.capacity {
            guard unsafe moments[number] == 0 else {
                repeated.add(1, ordering: .releasing)
                return
            }
            unsafe moments[number] = moment
        }
        arrived.add(1, ordering: .releasing)
    }

    /// Monotonic nanoseconds at which the request arrived; nil if it has not.
    func moment(_ number: Int) -> Int64? {
        let moment = unsafe moments[number]
        return moment == 0 ? nil : moment
    }
}
