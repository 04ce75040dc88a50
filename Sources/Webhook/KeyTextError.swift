/// Why a text holds no usable key: what is wrong, and what to write instead. Never contains any of the text.
package struct KeyTextError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
