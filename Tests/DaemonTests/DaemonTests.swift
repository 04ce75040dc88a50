import Testing

import Daemon

@Suite struct DaemonTests {}
