import Foundation
import Glibc

/// The processor time that programs use which do not belong to the benchmark; with it, disturbed runs can be told.
struct OtherPrograms {
    private let time = Clock.monotonic
    /// Seconds of all programs.
    private let busy: Double
    /// Seconds of the benchmark and its children.
    private let own = ProcessFigures(tree: getpid()).cpuSeconds

    init() {
        let text = FileManager.default.contents(atPath: "/proc/stat").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let fields =
            text.split(separator: "\n").first?.split(separator: " ").dropFirst().compactMap { Double($0) } ?? []
        // user, nice, system, idle, iowait, irq, softirq, steal: all but the two idle ones.
        let used = fields.prefix(8).enumerated().filter { ![3, 4].contains($0.offset) }.map(\.element)
        busy = used.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The part of all processors that others have used since then, 0 to 1. What a hypervisor takes is included.
    func share(since earlier: Self) -> Double {
        let seconds = Double(time - earlier.time) / 1e9 * Double(Machine.current.cores)
        return max(busy - earlier.busy - (own - earlier.own), 0) / seconds
    }
}
