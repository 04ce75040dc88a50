package import Events

/// The queue between acceptance and delivery, and the memory of what became of each artifact.
///
/// One caller accepts, one records; both may run beside the readers. What ``commit(_:)`` and ``record(_:)`` returned
/// from is kept as safely as the implementation can keep anything.
package protocol Outbox: Sendable {
    /// The highest ids ever given out.
    func lastIDs() async throws -> OutboxIDs

    /// What is known of these workflows, and which of these artifacts were accepted before.
    func lookUp(_ workflows: Set<CorrelationID>, _ artifacts: [ArtifactKey]) async throws -> Knowledge

    /// Adds all of an acceptance, or throws and adds nothing.
    func commit(_ acceptance: Acceptance) async throws

    /// Writes durably, and changes nothing: throws whatever ``commit(_:)`` would throw now.
    func probe() async throws

    /// The pending deliveries among these, in the order asked for.
    func load(_ ids: [DeliveryID]) async throws -> [Delivery]

    /// For deliveries of ordered workflows: the last pending one before each that an earlier registration sends
    /// elsewhere. Those of the same registration are in the order of their ids anyway, see ``pending(to:after:limit:)``.
    func predecessors(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryID]

    /// The origins that have pending deliveries.
    func pendingOrigins() async throws -> [Origin]

    /// How the latest delivery to each origin ended, of the last so many deliveries that did after an attempt. Origins whose
    /// oldest pending delivery failed already are left out.
    func latestEnds(ofLast count: Int) async throws -> [Origin: DeliveryState]

    /// Pending deliveries to an origin behind an id, in the order of their ids.
    func pending(to origin: Origin, after id: DeliveryID, limit: Int) async throws -> [PendingTicket]

    /// Bytes of the bodies that are pending for an origin.
    func pendingBytes(to origin: Origin) async throws -> Int

    /// Records finished attempts; one that was recorded before changes nothing. A delivery that is final for good gives
    /// up its body.
    func record(_ records: [AttemptRecord]) async throws

    /// Drops history and ends registrations that are past their time.
    func expire(_ retention: Retention, now: WallTime) async throws

    /// Lets the work that was taken end. Nothing may be asked of the outbox afterwards.
    func close() async throws

    /// The figures that status and metrics show.
    func figures() async -> OutboxFigures

    /// Workflows, those with the latest activity first.
    func workflows(_ filter: WorkflowFilter, limit: Int) async throws -> [WorkflowSummary]

    /// Everything known of one workflow, or nil.
    func history(of correlationID: CorrelationID) async throws -> WorkflowHistory?
}

/// The highest ids that an outbox ever gave out.
package struct OutboxIDs: Sendable {
    package let delivery: DeliveryID
    package let registration: RegistrationID

    package init(delivery: DeliveryID, registration: RegistrationID) {
        self.delivery = delivery
        self.registration = registration
    }
}

/// How long things stay.
package struct Retention: Sendable {
    /// Age of the end of a delivery after which its history goes.
    package let historyMaxAge: Duration
    /// Finished deliveries kept at most.
    package let historyMaxDeliveries: Int
    /// Idle time after which a registration ends.
    package let registrationTTL: Duration
    /// Time after its completion when a workflow's registration ends; nil: only idle time ends it.
    package let completionGrace: Duration?
    /// How long numbers and artifact ids are remembered after a workflow's last sign of life; longer while any history
    /// of it is shown.
    package let numbering: Duration

    package init(
        historyMaxAge: Duration, historyMaxDeliveries: Int, registrationTTL: Duration,
        completionGrace: Duration? = nil, numbering: Duration = .seconds(86_400)
    ) {
        self.historyMaxAge = historyMaxAge
        self.historyMaxDeliveries = historyMaxDeliveries
        self.registrationTTL = registrationTTL
        self.completionGrace = completionGrace
        self.numbering = numbering
    }
}

/// The outbox at a glance.
package struct OutboxFigures: Sendable {
    package var pending = 0
    /// Bodies of pending deliveries.
    package var bytes = 0
    package var registrations = 0
    /// When the oldest pending delivery was received.
    package var oldestPendingSince: WallTime?

    package init() {}
}

package enum WorkflowFilter: String, Sendable {
    case all, active, finished
}

/// A workflow in a list.
package struct WorkflowSummary: Sendable {
    package let workflow: Workflow
    package let delivered: Int
    package let failed: Int

    package init(workflow: Workflow, delivered: Int, failed: Int) {
        self.workflow = workflow
        self.delivered = delivered
        self.failed = failed
    }

    /// Something is still to be delivered.
    package var isActive: Bool { workflow.pending > 0 }
}

/// A workflow with every delivery still remembered.
package struct WorkflowHistory: Sendable {
    package let summary: WorkflowSummary
    package let deliveries: [DeliveryHistory]

    package init(summary: WorkflowSummary, deliveries: [DeliveryHistory]) {
        self.summary = summary
        self.deliveries = deliveries
    }
}

/// One delivery with its attempts.
package struct DeliveryHistory: Sendable {
    package let sequence: Sequence
    package let artifactID: ArtifactID
    package let artifactType: String
    package let origin: Origin
    package let receivedAt: WallTime
    package var state: DeliveryState
    package var attempts: [Attempt]
    package var nextAttemptAt: WallTime?

    package init(
        sequence: Sequence, artifactID: ArtifactID, artifactType: String, origin: Origin, receivedAt: WallTime,
        state: DeliveryState, attempts: [Attempt], nextAttemptAt: WallTime?
    ) {
        self.sequence = sequence
        self.artifactID = artifactID
        self.artifactType = artifactType
        self.origin = origin
        self.receivedAt = receivedAt
        self.state = state
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
    }
}
