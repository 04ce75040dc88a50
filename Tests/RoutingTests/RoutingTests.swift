import Testing

import Routing

@Suite struct RoutingTests {}
