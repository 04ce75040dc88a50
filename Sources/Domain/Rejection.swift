/// Why a line was rejected: a code for programs and a message for people. Neither contains any of the line's content.
package struct Rejection: Error, Hashable {
    package let code: RejectionCode
    /// What is wrong and what to do about it.
    package let message: String

    package init(_ code: RejectionCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
