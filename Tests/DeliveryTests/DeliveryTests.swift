import Testing

import Delivery

@Suite struct DeliveryTests {}
