extension Schedule {
    package struct Limits: Sendable {
        /// Attempts in flight over all origins.
        package let total: Int
        /// Attempts in flight to one origin.
        package let perOrigin: Int
        /// Bytes of bodies in flight.
        package let bytes: Int
        /// Deliveries of one lane held in memory; further ones stay in the outbox until there is room.
        package let window: Int
        /// Deliveries held in memory over all lanes. Above it, a lane holds only what it can start soon.
        package let index: Int

        /// The longest that an attempt takes.
        package let timeout: Duration

        package init(
            total: Int, perOrigin: Int, bytes: Int = 64 << 20, window: Int = 1_024, index: Int = 100_000,
            timeout: Duration = .zero
        ) {
            self.total = total
            self.perOrigin = perOrigin
            self.bytes = bytes
            self.window = window
            self.index = index
            self.timeout = timeout
        }

        /// Deliveries of one lane held in memory with those behind the heads of ordered workflows.
        var most: Int { max(window, index / 4) }
        /// One origin may hold a quarter of the bytes, so that a slow one leaves room.
        var bytesPerOrigin: Int { bytes / 4 }
        var share: SlotShare { SlotShare(total: total, perOrigin: perOrigin) }
        var byteShare: ByteShare { ByteShare(total: bytes) }
    }
}
