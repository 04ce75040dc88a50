/// Text that is compared byte for byte.
///
/// Swift's `String` treats canonically equivalent texts as equal. Two ids with different bytes would then be the same
/// id, and one tenant's artifact would be sent to another tenant's URL.
package protocol ExactText: Hashable {
    var rawValue: String { get }
}

extension ExactText {
    package static func == (left: Self, right: Self) -> Bool {
        // Without the comparison of two sequences byte by byte: every look-up by an id comes here.
        var (left, right) = (left.rawValue, right.rawValue)
        return left.withUTF8 { left in
            right.withUTF8 { right in unsafe left.count == right.count && left.elementsEqual(right) }
        }
    }

    package func hash(into hasher: inout Hasher) {
        var text = rawValue
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
