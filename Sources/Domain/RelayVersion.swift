/// The version of this relay, as `User-Agent`, status and metrics name it.
package enum RelayVersion {
    package static let current = "0.1.0"
}
