package import Domain

/// What happened to lines, for counters.
package struct IntakeCounts: Equatable, Sendable {
    /// Lines accepted, by kind.
    package var events: [EventKind: Int] = [:]
    /// Artifacts without a registration.
    package var unmatched = 0
    /// Artifacts that are not public, while only public ones are delivered.
    package var withheld = 0
    /// Artifacts that were accepted before.
    package var duplicates = 0
    /// Lines that were dropped because commits fail.
    package var droppedLines = 0

    package init() {}
}
