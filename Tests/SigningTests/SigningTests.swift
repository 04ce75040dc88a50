import Testing

import Signing

@Suite struct SigningTests {}
