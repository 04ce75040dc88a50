import Testing

import Status

@Suite struct StatusTests {}
