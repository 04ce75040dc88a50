extension Schedule {
    package struct Limits: Sendable {
        /// Attempts in flight over all origins.
        package let maxInFlight: Int
        /// Attempts in flight to one origin.
        package let maxInFlightPerOrigin: Int
        /// Bytes of bodies in flight.
        package let maxBytesInFlight: Int
        /// Deliveries of one lane held in memory; further ones stay in the outbox until there is room.
        package let maxInMemoryPerLane: Int
        /// Deliveries held in memory over all lanes. Above it, a lane holds only what it can start soon.
        package let maxInMemory: Int
        /// The longest that an attempt takes.
        package let timeout: Duration

        package init(
            maxInFlight: Int, maxInFlightPerOrigin: Int, maxBytesInFlight: Int = 64 << 20,
            maxInMemoryPerLane: Int = 1_024, maxInMemory: Int = 100_000, timeout: Duration = .zero
        ) {
            self.maxInFlight = maxInFlight
            self.maxInFlightPerOrigin = maxInFlightPerOrigin
            self.maxBytesInFlight = maxBytesInFlight
            self.maxInMemoryPerLane = maxInMemoryPerLane
            self.maxInMemory = maxInMemory
            self.timeout = timeout
        }

        /// Deliveries of one lane held in memory, with those behind the heads of ordered workflows.
        var maxInMemoryWithOrdered: Int { max(maxInMemoryPerLane, maxInMemory / 4) }
        /// One origin may hold a quarter of the bytes, so that a slow one leaves room.
        var maxBytesPerOrigin: Int { maxBytesInFlight / 4 }
        var slots: SlotShare { SlotShare(total: maxInFlight, perOrigin: maxInFlightPerOrigin) }
        var bytes: ByteShare { ByteShare(total: maxBytesInFlight) }
    }
}
