import Fuzzing
import Ingest

/// Fuzzes the event socket: the stream is split into lines, and each line is decoded or rejected without a trap.
@main struct FuzzLines {
    static func main() {
        unsafe Fuzzer.run { data, count in
            let input = unsafe FuzzInput(data, count)
            for limit in [40, 1 << 20] { FramingCheck(maxLength: limit).check(input) }
            for line in input.stream.split(separator: UInt8(ascii: "\n")) { EventCheck(Array(line)).check() }
            return 0
        }
    }
}
