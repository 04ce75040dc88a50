import Domain
import Fuzzing
import Scheduling

/// The texts that decoded fields and answers' headers are read as: each input is tried as all of them.
@main struct FuzzTexts {
    static func main() {
        unsafe Fuzzer.run { data, count in
            let text = unsafe String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
            TextCheck(text).check()
            return 0
        }
    }
}
