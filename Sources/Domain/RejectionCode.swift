/// Why a line was rejected: the closed set of codes in replies to writers and in metrics.
package enum RejectionCode: String, Sendable, CaseIterable {
    case invalidJSON = "invalid_json"
    case notAnObject = "not_an_object"
    case tooDeep = "too_deep"
    case tooLong = "too_long"
    case missingField = "missing_field"
    case wrongType = "wrong_type"
    case duplicateKey = "duplicate_key"
    case invalidValue = "invalid_value"
    case invalidURL = "invalid_url"
    case unsupportedURL = "unsupported_url"
    case addressNotAllowed = "address_not_allowed"
    case invalidSecret = "invalid_secret"
    /// A delivery cannot be sent again, because its body is no longer kept.
    case gone
}
