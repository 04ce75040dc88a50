import Testing

/// Tests that start the real binary. They load the machine, so they run one after the other.
@Suite(.serialized, .timeLimit(.minutes(1))) struct EndToEndTests {}
