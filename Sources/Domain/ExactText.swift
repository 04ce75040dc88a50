/// Text that is equal only byte for byte.
///
/// Swift's `String` takes canonically equivalent texts for equal: two ids that differ in their bytes would be one, and
/// one tenant's artifact would go to another's URL.
package protocol ExactText: Hashable {
    var rawValue: String { get }
}

extension ExactText {
    package static func == (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in rawValue.utf8 { hasher.combine(byte) }
    }
}
