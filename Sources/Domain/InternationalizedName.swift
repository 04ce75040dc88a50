internal import CIDN2

/// Host names with characters beyond ASCII.
enum InternationalizedName {
    /// Why a name has no ASCII form.
    struct Problem: Error {
        /// In the words of libidn2.
        let reason: String
    }

    /// The form in which DNS, TLS and HTTP know the name, e.g. `xn--bcher-kva.example` (UTS 46).
    ///
    /// Names that IDNA 2008 does not allow, such as those with emoji, are read as IDNA 2003 does, because curl does so, too.
    static func ascii(_ name: String) throws(Problem) -> String {
        do throws(Problem) {
            return try lookUp(name, IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
        } catch {
            guard let ascii = try? lookUp(name, IDN2_TRANSITIONAL.rawValue) else { throw error }
            return ascii
        }
    }

    private static func lookUp(_ name: String, _ flags: UInt32) throws(Problem) -> String {
        var found: UnsafeMutablePointer<UInt8>?
        let status = unsafe idn2_lookup_u8(Array(name.utf8) + [0], &found, Int32(flags))
        guard status == IDN2_OK.rawValue, let ascii = unsafe found else {
            throw Problem(reason: unsafe String(cString: idn2_strerror(status)))
        }
        defer { unsafe idn2_free(ascii) }
        return unsafe String(cString: ascii)
    }
}
