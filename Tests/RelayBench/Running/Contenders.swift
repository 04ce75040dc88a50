/// The contenders that there are.
struct Contenders {
    static let names = Contenders().all.map(\.name)

    let durable: Relay
    let ephemeral: Relay
    let handwritten = HandwrittenRelay(isInMemory: false)
    let handwrittenMemory = HandwrittenRelay(isInMemory: true)
    let native = SendingLoop.native
    let flock = FlockWebhooks(isServer: true)
    let flockSender = FlockWebhooks(isServer: false)
    let syslogNG = SyslogNG()
    let transport = SendingLoop.transport
    let wrk = Wrk()

    /// - Parameter relayOptions: further options of `flock-relay serve`.
    init(relayOptions: [String] = []) {
        durable = Relay(isEphemeral: false, binary: Checkout.relay, options: relayOptions)
        ephemeral = Relay(isEphemeral: true, binary: Checkout.relay, options: relayOptions)
    }

    var all: [any Contender] { quick + [transport, flock, flockSender] }

    /// Those that are measured by default, because they start quickly.
    var quick: [any Contender] { [durable, ephemeral, handwritten, handwrittenMemory, native, syslogNG, wrk] }
    var relays: [any Contender] { [durable, ephemeral, handwritten, handwrittenMemory] }
}
