/// A variable of the environment that has the relay's prefix and names no setting, so that it has no effect.
///
/// It is no error: Kubernetes makes variables with this prefix in every container of a namespace that has a Service
/// called `flock-relay`.
package struct UnknownVariable: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    /// The variable of the setting with the most similar name.
    package let closest: String

    private static let prefix = "FLOCK_RELAY_"
    private static let bridgeVariables: Set = ["FLOCK_RELAY_SECRET", "FLOCK_RELAY_STATUS_KEY"]

    /// Sorted by name.
    package static func all(in environment: [String: String]) -> [UnknownVariable] {
        let known = Setting.table.map(\.environmentName)
        let foreign = environment.keys.filter {
            $0.hasPrefix(prefix) && !known.contains($0) && !bridgeVariables.contains($0) && !isOfKubernetes($0)
        }
        return foreign.sorted().map { UnknownVariable(name: $0, closest: EditDistance.closest(to: $0, among: known)) }
    }

    /// The variables for a Service, whose name is in front of these endings.
    private static func isOfKubernetes(_ name: String) -> Bool {
        let pattern = #/.*_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)/#
        return name.wholeMatch(of: pattern) != nil
    }

    package var description: String {
        "\(name) (environment): there is no such setting, so it has no effect; the closest is \(closest)"
    }
}
