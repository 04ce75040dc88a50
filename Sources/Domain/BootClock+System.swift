import Glibc

extension BootClock {
    /// The clock of this machine.
    package static var system: BootClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return BootClock(id: systemID, elapsed: .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec))
    }

    /// Empty if the kernel does not tell it.
    private static var systemID: String {
        let file = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 36)
        let count = unsafe read(file, &text, text.count)
        return String(decoding: text.prefix(max(count, 0)), as: UTF8.self)
    }
}
