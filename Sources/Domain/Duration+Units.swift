extension Duration {
    /// The whole microseconds, rounded towards zero.
    package var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// The whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 { microseconds / 1_000 }

    /// The seconds as a floating-point number.
    package var inSeconds: Double { Double(microseconds) / 1_000_000 }
}
