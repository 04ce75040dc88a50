import Testing

import Receiving

@Suite struct ReceivingTests {}
