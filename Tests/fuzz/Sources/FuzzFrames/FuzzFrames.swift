import Frames
import Fuzzing

/// Whatever passes between the daemon and a sender: cut as it should be, and each frame decoded or refused.
@main struct FuzzFrames {
    static func main() {
        unsafe Fuzzer.run { data, count in
            let input = unsafe FuzzInput(data, count)
            for frame in SplittingCheck().frames(input) { FrameCheck(frame).check() }
            return 0
        }
    }
}
