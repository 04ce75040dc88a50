import Foundation
import Glibc

/// The machine on which a run was made.
struct Machine: Codable {
    let processor: String
    let cores: Int
    let memoryGiB: Int
    let kernel: String
    let system: String

    static let current = Machine(
        processor: value(of: "model name", in: "/proc/cpuinfo", separator: ":"),
        cores: ProcessInfo.processInfo.activeProcessorCount,
        memoryGiB: Int((Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)).rounded()),
        kernel: text("/proc/sys/kernel/osrelease"),
        system: value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=").replacing("\"", with: ""))

    private static func value(of key: String, in path: String, separator: Character) -> String {
        let line = text(path).split(separator: "\n").first { $0.hasPrefix(key) }
        let parts = line?.split(separator: separator, maxSplits: 1) ?? []
        return parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : "unknown"
    }

    private static func text(_ path: String) -> String {
        let data = FileManager.default.contents(atPath: path) ?? Data()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
