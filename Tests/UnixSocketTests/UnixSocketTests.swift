import Testing

import UnixSocket

@Suite struct UnixSocketTests {}
