import CLinux
import Glibc

/// Finds the requests in what one connection sends: just enough of HTTP/1.1 for clients that send a `Content-Length`.
struct RequestReader {
    /// A request that has arrived completely.
    struct Request: Equatable {
        /// The number after ``RequestReader/mark`` in the body; nil if there is none.
        var number: Int?
        /// The text of `created_at` in the body, if the reader looks for it.
        var createdAt: String?
    }

    /// What precedes the number in a body.
    static let mark: [UInt8] = Array("@@".utf8)
    /// Digits of the number.
    static let digits = 10

    private static let headEnd: [UInt8] = Array("\r\n\r\n".utf8)
    private static let contentLength: [UInt8] = Array("content-length:".utf8)
    private static let expectation: [UInt8] = Array("100-continue".utf8)
    private static let createdAt: [UInt8] = Array(#""created_at":""#.utf8)
    /// Bytes of a body in which the mark is looked for.
    private static let searched = 2_048

    private let readsCreation: Bool
    private var rest: [UInt8] = []
    private var current = Request()
    /// Bytes of the current body that have not arrived; nil before the head is read.
    private var missing: Int?
    /// Whether a client waits for `100 Continue`.
    private(set) var isExpectant = false

    init(readsCreation: Bool) {
        self.readsCreation = readsCreation
    }

    /// Reads the bytes that have arrived, and calls `body` for each request that is complete with them.
    mutating func read(_ arrived: UnsafeRawBufferPointer, _ body: (Request) -> Void) {
        guard !rest.isEmpty else { return unsafe keep(consume(arrived, body), of: arrived) }
        unsafe rest.append(contentsOf: arrived)
        let all = rest
        unsafe all.withUnsafeBytes { all in
            rest.removeAll(keepingCapacity: true)
            unsafe keep(consume(all, body), of: all)
        }
    }

    private mutating func keep(_ consumed: Int, of bytes: UnsafeRawBufferPointer) {
        if consumed < bytes.count { unsafe rest.append(contentsOf: bytes[consumed...]) }
    }

    /// - Returns: how many of the bytes are done with.
    private mutating func consume(_ bytes: UnsafeRawBufferPointer, _ body: (Request) -> Void) -> Int {
        var position = 0
        while position < bytes.count {
            if missing == nil {
                let available = unsafe UnsafeRawBufferPointer(rebasing: bytes[position...])
                guard let head = unsafe readHead(available) else { break }
                position += head
            }
            guard let left = missing else { break }
            let taken = min(left, bytes.count - position)
            position += taken
            missing = left - taken
            if left == taken {
                body(current)
                missing = nil
            }
        }
        return position
    }

    /// Reads a head and looks into the body after it.
    ///
    /// - Returns: the length of the head; nil if more bytes are necessary.
    private mutating func readHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let end = unsafe bytes.position(of: Self.headEnd) else { return nil }
        let head = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<end])
        let length = unsafe bodyLength(head)
        let start = end + Self.headEnd.count
        guard bytes.count - start >= min(length, Self.searched) else {
            isExpectant = unsafe bytes.count == start && head.position(of: Self.expectation) != nil
            return nil
        }
        isExpectant = false
        let visible = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + Self.searched)])
        current.number = unsafe visible.position(of: Self.mark).flatMap {
            unsafe visible.number(at: $0 + Self.mark.count)
        }
        current.createdAt = unsafe readsCreation ? visible.text(after: Self.createdAt) : nil
        missing = length
        return start
    }

    private func bodyLength(_ head: UnsafeRawBufferPointer) -> Int {
        var line = 0
        while line < head.count {
            let value = line + Self.contentLength.count
            if value < head.count, unsafe head[line] | 0x20 == Self.contentLength[0],
                Self.contentLength.enumerated().allSatisfy({ unsafe head[line + $0] | 0x20 == $1 | 0x20 })
            {
                return unsafe head.number(at: value) ?? 0
            }
            let rest = unsafe UnsafeRawBufferPointer(rebasing: head[line...])
            guard let next = unsafe rest.firstIndex(of: UInt8(ascii: "\n")) else { break }
            line += next + 1
        }
        return 0
    }
}

extension UnsafeRawBufferPointer {
    /// The first position of the bytes.
    fileprivate func position(of wanted: [UInt8]) -> Int? {
        guard let start = baseAddress, let found = unsafe memmem(start, count, wanted, wanted.count) else { return nil }
        return unsafe UnsafeRawPointer(found) - start
    }

    /// The decimal number at a position, after spaces.
    fileprivate func number(at position: Int) -> Int? {
        var place = position
        while unsafe place < count && self[place] == UInt8(ascii: " ") { place += 1 }
        let first = place
        var value = 0
        while place < count, place < first + RequestReader.digits, unsafe (0x30...0x39).contains(self[place]) {
            unsafe value = value * 10 + Int(self[place] & 0x0F)
            place += 1
        }
        return place > first ? value : nil
    }

    /// The text between the bytes and the next quotation mark.
    fileprivate func text(after wanted: [UInt8]) -> String? {
        guard let found = unsafe position(of: wanted) else { return nil }
        let rest = unsafe self[(found + wanted.count)...]
        return unsafe String(decoding: rest.prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }
}
