package import Domain

/// Numbers of lines and artifacts by outcome, for metrics.
package struct IntakeCounts: Equatable, Sendable {
    /// Lines accepted, by kind.
    package var events: [EventKind: Int] = [:]
    /// Artifacts without a registration.
    package var unmatched = 0
    /// Artifacts not delivered because they are not public.
    package var withheld = 0
    /// Artifacts that their registration does not ask for.
    package var filtered = 0
    /// Artifacts that were accepted before.
    package var duplicates = 0
    /// Failed deliveries that are sent again.
    package var redelivered = 0
    /// Lines dropped because commits fail.
    package var droppedLines = 0

    package init() {}
}
