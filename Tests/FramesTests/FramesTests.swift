import Testing

import Frames

@Suite struct FramesTests {}
