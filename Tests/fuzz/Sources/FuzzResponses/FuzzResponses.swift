import Fuzzing

/// The header lines of responses, each line as libcurl hands it over.
@main struct FuzzResponses {
    static func main() {
        unsafe Fuzzer.run { data, count in
            ResponseCheck(unsafe Array(UnsafeBufferPointer(start: data, count: count))).check()
            return 0
        }
    }
}
