/// An error of the outbox, with what to do about it.
package enum OutboxError: Error, Hashable, CustomStringConvertible {
    case closed
    case diskFull
    case cannotCreate(path: String)
    /// The file was last written by a newer version.
    case newerSchema(path: String)
    /// The file was last written by an earlier version, and the disk has no room for its new tables.
    case noRoomToMigrate(path: String)
    /// The file has content that the relay does not write.
    case damaged(String)
    /// The file was removed or replaced while it was open.
    case removed(path: String)
    case unknownWorkflow

    package var description: String {
        switch self {
        case .closed: "The outbox is closed because the relay is stopping"
        case .diskFull:
            "The disk of the outbox is full; the relay accepts events again when there is free space"
        case .cannotCreate(let path): "\(path) cannot be created; check the permissions of its directory"
        case .newerSchema(let path):
            "\(path) was written by a newer flock-relay; run that version, or move the file away to start without it"
        case .noRoomToMigrate(let path):
            "\(path) was written by an earlier flock-relay, and its deliveries must be copied into new tables once; make free "
                + "space of three times the size of the file, or let the earlier version deliver first"
        case .damaged(let what):
            "The outbox file is damaged: \(what); move the file away and restart to create a new one"
        case .removed(let path):
            "\(path) was removed or replaced while the relay used it; what it held is lost, unless the file was moved"
        case .unknownWorkflow: "A delivery was accepted without its workflow; this is a defect of flock-relay"
        }
    }
}
