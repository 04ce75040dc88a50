import Testing

import LocalHTTP

@Suite struct LocalHTTPTests {}
