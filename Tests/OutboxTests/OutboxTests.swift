import Testing

import Outbox

@Suite struct OutboxTests {}
