import Testing

import Events

@Suite struct EventsTests {}
