import Testing

/// Tests that start the real binary, one after the other: they load the machine.
@Suite(.serialized, .timeLimit(.minutes(1))) struct EndToEndTests {}
