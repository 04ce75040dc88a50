internal import Glibc

/// The process's limit of open files.
package enum DescriptorLimit {
    /// Raises the soft limit to the hard one, because each connection takes a descriptor, and only programs that use
    /// `select(2)` need the usual soft limit.
    ///
    /// - Returns: the limit.
    package static func raise() -> Int {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(kind, &limit) == 0 else { return Int(FOPEN_MAX) }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return Int(clamping: unsafe setrlimit(kind, &limit) == 0 ? limit.rlim_max : soft)
    }

    /// The limit that ``raise()`` returns, without raising it.
    package static var hard: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int(FOPEN_MAX) }
        return Int(clamping: limit.rlim_max)
    }
}
