import Frames
import Fuzzing

/// Decodes one frame as both messages; what is accepted is the same after encoding and decoding it again.
struct FrameCheck {
    /// Without its length.
    let frame: ArraySlice<UInt8>

    init(_ frame: ArraySlice<UInt8>) { self.frame = frame }

    func check() {
        if let request = try? SendRequest(decoding: frame) {
            let encoded = request.encoded()
            checkLength(encoded)
            expect(encoded.dropFirst(4).elementsEqual(frame), "a request has another encoding than it came in")
            expect((try? SendRequest(decoding: encoded.dropFirst(4))) == request, "a request changes on its way")
        }
        if let message = try? SenderMessage(decoding: frame) {
            let encoded = message.encoded()
            checkLength(encoded)
            expect((try? SenderMessage(decoding: encoded.dropFirst(4))) == message, "a message changes on its way")
        }
    }

    private func checkLength(_ encoded: [UInt8]) {
        let length = encoded.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        expect(length == encoded.count - 4, "a frame of \(encoded.count - 4) bytes announces \(length)")
    }
}
