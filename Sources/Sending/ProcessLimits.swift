internal import CProcessors
internal import Glibc

/// What a sender process asks of the kernel for itself, before it has any threads.
enum ProcessLimits {
    /// Bytes of memory that a sender may ask for. The daemon ends it long before; this holds if memory is taken faster
    /// than the daemon looks (row 12 of urlsession.md).
    private static let memory: UInt = 2 << 30

    /// Runs on this processor only; anywhere if the kernel refuses.
    static func pin(to processor: Int) { _ = pin_to_processor(Int32(clamping: processor)) }

    /// Not under a sanitizer: those set terabytes aside.
    static func limitMemory() {
        let sanitizers = ["__asan_init", "__tsan_init"]
        guard !sanitizers.contains(where: { unsafe dlsym(nil, $0) != nil }) else { return }
        var limit = rlimit(rlim_cur: rlim_t(memory), rlim_max: rlim_t(memory))
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    }
}
