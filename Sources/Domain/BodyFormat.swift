/// The shape of a webhook's body.
package enum BodyFormat: String, Sendable, CaseIterable {
    /// One flat object.
    case flat
    /// The shape that flock-core's own webhooks have.
    case flock
}
