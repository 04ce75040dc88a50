/// Why the outbox cannot do what it was asked to, with what to do about it.
package enum OutboxError: Error, Hashable, CustomStringConvertible {
    case closed
    case diskFull
    case cannotCreate(path: String)
    /// The file was last written by a newer relay.
    case newerSchema(path: String)
    /// A row that this relay never wrote.
    case damaged(String)
    case unknownWorkflow

    package var description: String {
        switch self {
        case .closed: "The outbox is closed; the relay is about to end"
        case .diskFull:
            "The disk of the outbox is full; the relay takes more events as soon as there is room again"
        case .cannotCreate(let path): "\(path) cannot be made; see that its directory can be written to"
        case .newerSchema(let path):
            "\(path) was written by a newer flock-relay; start that version, or move the file away to begin anew"
        case .damaged(let what):
            "The outbox holds what no relay wrote: \(what); move the file away and start again to begin anew"
        case .unknownWorkflow: "A delivery was accepted without its workflow; this is a mistake in flock-relay"
        }
    }
}
