extension Schedule {
    package struct Limits: Sendable {
        /// The most attempts in flight over all origins.
        package let maxInFlight: Int
        /// The most attempts in flight to one origin.
        package let maxInFlightPerOrigin: Int
        /// The most bytes of bodies in flight.
        package let maxBytesInFlight: Int
        /// The most deliveries of one lane in memory. Further ones stay in the outbox until there is room.
        package let maxInMemoryPerLane: Int
        /// The most deliveries in memory over all lanes. Above it, a lane holds only those that it can start soon.
        package let maxInMemory: Int
        /// The longest duration of an attempt.
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

        /// The most deliveries of one lane in memory, including those that wait for a predecessor in their workflow.
        var maxInMemoryWithOrdered: Int { max(maxInMemoryPerLane, maxInMemory / 4) }
        /// One origin may use a quarter of the bytes, so that a slow origin leaves room for others.
        var maxBytesPerOrigin: Int { maxBytesInFlight / 4 }
        var slots: SlotShare { SlotShare(total: maxInFlight, perOrigin: maxInFlightPerOrigin) }
        var bytes: ByteShare { ByteShare(total: maxBytesInFlight) }
    }
}
