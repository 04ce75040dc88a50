import Fuzzing

/// Fuzzes the header lines of responses, line by line as libcurl passes them on.
@main struct FuzzResponses {
    static func main() {
        unsafe Fuzzer.run { data, count in
            ResponseCheck(unsafe Array(UnsafeBufferPointer(start: data, count: count))).check()
            return 0
        }
    }
}
