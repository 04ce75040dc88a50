/// A block of IPv4 or IPv6 addresses in CIDR notation, e.g. `10.0.0.0/8` or `fd00::/8`.
package enum IPBlock: Hashable, Sendable, CustomStringConvertible {
    case v4(IPv4Block)
    case v6(IPv6Block)

    package init?(_ text: String) {
        if let block = IPv4Block(text) {
            self = .v4(block)
        } else if let block = IPv6Block(text) {
            self = .v6(block)
        } else {
            return nil
        }
    }

    package func contains(_ address: IPAddress) -> Bool {
        switch (self, address) {
        case (.v4(let block), .v4(let address)): block.contains(address)
        case (.v6(let block), .v6(let address)): block.contains(address)
        default: false
        }
    }

    package var description: String {
        switch self {
        case .v4(let block): block.description
        case .v6(let block): block.description
        }
    }
}
