/// The version of this relay, as shown in `User-Agent`, status and metrics.
package enum RelayVersion {
    package static let current = "0.1.0"
}
