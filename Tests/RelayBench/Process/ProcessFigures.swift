import Foundation
import Glibc

/// What a process and its descendants have used, from `/proc`.
struct ProcessFigures {
    /// User and system time in seconds; that of ended children included.
    let cpuSeconds: Double
    /// Resident memory in bytes.
    let resident: Int
    /// The highest resident memory so far, in bytes.
    let peak: Int

    /// Reads the figures; those of an ended process are 0.
    init(tree root: Int32) {
        let members = Self.family(of: root)
        cpuSeconds = members.map(Self.cpuSeconds).reduce(0, +)
        resident = members.map { Self.memory($0, "VmRSS:") }.reduce(0, +)
        peak = members.map { Self.memory($0, "VmHWM:") }.reduce(0, +)
    }

    /// The time that this process has used itself, in seconds.
    static var ownCPUSeconds: Double {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }.reduce(0, +)
    }

    private static let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))

    private static func family(of process: Int32) -> [Int32] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        let children = threads.flatMap { thread in
            text("/proc/\(process)/task/\(thread)/children").split(separator: " ").compactMap { Int32($0) }
        }
        return [process] + children.flatMap(family)
    }

    private static func cpuSeconds(_ process: Int32) -> Double {
        // The name before the last parenthesis may contain spaces.
        let fields = text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 14 else { return 0 }
        return fields[11...14].compactMap { Double($0) }.reduce(0, +) / ticks
    }

    private static func memory(_ process: Int32, _ key: String) -> Int {
        let line = text("/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix(key) }
        let words = line?.split { $0 == " " || $0 == "\t" } ?? []
        return words.count > 1 ? (Int(words[1]) ?? 0) * 1_024 : 0
    }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
