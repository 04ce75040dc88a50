import Domain
import Fuzzing
import Scheduling

/// Fuzzes the parsers of decoded fields and response headers: each input is passed to all of them.
@main struct FuzzTexts {
    static func main() {
        unsafe Fuzzer.run { data, count in
            let text = unsafe String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
            TextCheck(text).check()
            return 0
        }
    }
}
