/// Which artifacts are delivered, depending on their `visibility`.
package enum VisibilityPolicy: String, Sendable, CaseIterable {
    case all
    case `public`
}
