/// Which artifacts are delivered, by what their `visibility` says.
package enum VisibilityPolicy: String, Sendable, CaseIterable {
    case all
    case `public`
}
