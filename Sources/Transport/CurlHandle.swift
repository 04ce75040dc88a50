internal import CCurl
internal import Domain
internal import Glibc
internal import UnixSocket

/// One libcurl easy handle, which performs one transfer to one address. Used on its engine's thread only.
///
/// A handle is never reused, not even to retry the same transfer. Up to 7.88 at least, libcurl keeps a pointer to a
/// header of the previous response and writes through it when the next response begins with a folded header.
@safe final class CurlHandle {
    /// What all handles of an engine share.
    struct Environment {
        let connections: OpenConnections
        /// The bundle of trusted authorities; nil: libcurl's default.
        let caFile: String?
        /// Called when the final headers of a response are complete.
        let decided: (CurlHandle) -> Void
    }

    /// The longest time to connect, including the TLS handshake, while another address is left to try.
    private static let maxConnect = Duration.seconds(2)
    /// If a reused connection closes within this time after the handle's start, the receiver is assumed to have
    /// closed it before it read the request.
    private static let maxIdleClose = Duration.seconds(1)

    let easy: UnsafeMutableRawPointer
    let transfer: Transfer
    private let environment: Environment
    /// The index of the request's address that this handle connects to.
    private let addressIndex: Int
    /// No idle connection may be used.
    private let isOnFreshConnection: Bool
    private(set) var response = ResponseReader()
    private let begunAt = ContinuousClock.now
    /// The deadline for this address, or for the whole transfer.
    private(set) var due: ContinuousClock.Instant
    /// The transfer's outcome was reported. The rest of the response is read only to keep the connection reusable.
    var isReported = false
    /// Only the body of the response is still being read.
    var isLingering = false
    /// The handle was removed from libcurl's multi handle.
    private(set) var isOver = false
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let destination: UnsafeMutablePointer<curl_slist>
    /// The last socket opened for this handle.
    private var socket: curl_socket_t?
    /// The value of ``sendTime`` when that socket was opened.
    private var sendTimeAtOpen: curl_off_t = 0
    /// Why that socket could not be opened, if this host is the reason.
    private var shortage: Shortage?
    private let errorText: UnsafeMutablePointer<CChar>

    /// - Returns: nil if libcurl has no memory.
    convenience init?(_ transfer: Transfer, _ environment: Environment) {
        self.init(transfer, environment, addressIndex: 0, isOnFreshConnection: false)
    }

    private init?(_ transfer: Transfer, _ environment: Environment, addressIndex: Int, isOnFreshConnection: Bool) {
        // Connects to the checked address instead of resolving the URL's host. The host's name is still used for
        // `Host`, SNI and certificate verification.
        let address = transfer.request.addresses[addressIndex].inURL
        let route = "::\(address):\(transfer.request.url.origin.port)"
        guard let destination = unsafe curl_slist_append(nil, route) else { return nil }
        guard let easy = unsafe curl_easy_init() else {
            unsafe curl_slist_free_all(destination)
            return nil
        }
        unsafe self.destination = destination
        unsafe self.easy = easy
        self.transfer = transfer
        self.environment = environment
        self.addressIndex = addressIndex
        self.isOnFreshConnection = isOnFreshConnection
        due = Self.due(transfer, addressIndex)
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setCommonOptions()
        setCallbacks()
        setRequest(transfer.request)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headers)
        unsafe curl_slist_free_all(destination)
        unsafe errorText.deallocate()
    }

    /// Each address but the last gets an equal share of the remaining time, at most ``maxConnect``.
    private static func due(_ transfer: Transfer, _ addressIndex: Int) -> ContinuousClock.Instant {
        let count = transfer.request.addresses.count - addressIndex
        if count <= 1 { return transfer.deadline }
        return .now + min((transfer.deadline - .now) / count, maxConnect)
    }

    // MARK: Options

    private func setCommonOptions() {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_HTTP09_ALLOWED, 0)
        // Otherwise, after an early answer, libcurl ends the HTTP/2 stream as if the body were complete.
        set(CURLOPT_KEEP_SENDING_ON_ERROR, 1)
        // HTTP/2 if it is negotiated in the TLS handshake.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_MAXAGE_CONN, EngineLimits.maxIdleSeconds)
        set(CURLOPT_MAXLIFETIME_CONN, EngineLimits.maxConnectionSeconds)
        set(CURLOPT_FRESH_CONNECT, isOnFreshConnection ? 1 : 0)
        unsafe _ = relay_easy_restrict_protocols(easy)
        // This and CURLOPT_PROXY override the proxy settings of the environment.
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_HTTPPROXYTUNNEL, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let caFile = environment.caFile {
            set(CURLOPT_CAINFO, caFile)
            // libcurl caches the parsed authorities only if no directory of authorities is set besides the bundle.
            unsafe _ = relay_easy_set_pointer(easy, CURLOPT_CAPATH, nil)
        }
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
    }

    private func setCallbacks() {
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_HEADERDATA, own)
        unsafe _ = relay_easy_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            unsafe CurlHandle.of(context)?.takeHeader(bytes, size * count) ?? 0
        }
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_WRITEDATA, own)
        unsafe _ = relay_easy_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { _, size, count, context in
            unsafe CurlHandle.of(context)?.takeBody(size * count) ?? 0
        }
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, own)
        unsafe _ = relay_easy_set_open_callback(easy) { context, _, address in
            guard let handle = unsafe CurlHandle.of(context), let address = unsafe address?.pointee else {
                return CURL_SOCKET_BAD
            }
            return handle.openSocket(address)
        }
        // A connection may outlive the handle that opened it, but not `OpenConnections`.
        let connections = unsafe Unmanaged.passUnretained(environment.connections).toOpaque()
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, connections)
        unsafe _ = relay_easy_set_close_callback(easy) { context, socket in
            unsafe OpenConnections.of(context)?.close(socket) ?? 0
        }
    }

    private func setRequest(_ request: OutgoingRequest) {
        set(CURLOPT_URL, request.url.text)
        set(CURLOPT_PROXY, request.proxy.map { "http://\($0.address.inURL):\($0.port)" } ?? "")
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_CONNECT_TO, destination)
        // Without this, libcurl adds `Expect` to requests with bodies above 1 MiB and waits for an interim response.
        unsafe headers = curl_slist_append(nil, "Expect:")
        for field in request.headers { unsafe headers = curl_slist_append(headers, "\(field.name): \(field.value)") }
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_HTTPHEADER, headers)
        // libcurl keeps a copy of the whole body, so that it can send it again.
        unsafe _ = relay_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        unsafe request.body.withUnsafeBytes {
            unsafe _ = relay_easy_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(easy))
        }
    }

    private func set(_ option: CURLoption, _ value: Int) { unsafe _ = relay_easy_set_long(easy, option, value) }

    /// libcurl copies the text.
    private func set(_ option: CURLoption, _ text: String) { unsafe _ = relay_easy_set_pointer(easy, option, text) }

    // MARK: Ending

    /// Another handle for the same transfer, if the failure of this one does not count: an address could not be
    /// connected to while another is left, or the receiver closed an idle connection while the request was being sent.
    ///
    /// - Parameter code: `CURLE_OPERATION_TIMEDOUT` when ``due`` has passed.
    /// - Returns: nil if the failure counts, or no time is left.
    func successor(after code: CURLcode) -> CurlHandle? {
        guard transfer.deadline > .now, shortage == nil else { return nil }
        switch code {
        case _ where isRejectedByProxy: return atNextAddress()
        case CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT: return hasBegunToSend ? nil : atNextAddress()
        // libcurl itself retries on other idle connections, but only a few times and not for all of these errors.
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2:
            let didConnect = unsafe relay_easy_get_long(easy, CURLINFO_NUM_CONNECTS) > 0
            // A receiver that closes later is assumed to have read the request, so the failure counts.
            let isYoung = .now - begunAt < Self.maxIdleClose
            if didConnect || isOnFreshConnection || !isYoung || !response.isBlank { return nil }
            return CurlHandle(transfer, environment, addressIndex: addressIndex, isOnFreshConnection: true)
        default: return nil
        }
    }

    private func atNextAddress() -> CurlHandle? {
        guard addressIndex + 1 < transfer.request.addresses.count else { return nil }
        return CurlHandle(
            transfer, environment, addressIndex: addressIndex + 1, isOnFreshConnection: isOnFreshConnection)
    }

    /// The proxy did not connect to this address. Status 407 does not count, because it would be the same for every
    /// address.
    private var isRejectedByProxy: Bool {
        let status = unsafe relay_easy_get_long(easy, CURLINFO_HTTP_CONNECTCODE)
        return status != 0 && status != 407 && !(200...299).contains(status)
    }

    /// Once the connection is established, replaces the deadline of the address by that of the whole transfer.
    ///
    /// - Returns: false if there is nothing to replace, or the new deadline has passed.
    func extendToWholeTransfer() -> Bool {
        guard hasBegunToSend, due < transfer.deadline else { return false }
        due = transfer.deadline
        return due > .now
    }

    /// What became of the request, when libcurl has ended it or ``due`` has passed.
    func result(of code: CURLcode) -> SendResult {
        if let shortage { return .notSent(shortage) }
        switch code {
        case CURLE_OPERATION_TIMEDOUT where waitsForConnection: return .notSent(.fileDescriptors)
        // The TLS library reads the authorities with the first connection.
        case CURLE_SSL_CACERT_BADFILE where DescriptorProbe.isShort: return .notSent(.fileDescriptors)
        default: return .ended(outcome(of: code))
        }
    }

    /// All connections that the engine may open are in use by other transfers.
    private var waitsForConnection: Bool { socket == nil && sendTime == 0 && environment.connections.isFull }

    /// Waiting for a connection took more than half of the time, so the receiver would have too little of it.
    private var isLate: Bool { socket == nil && sendTime == 0 && .now - begunAt > (due - begunAt) / 2 }

    /// The outcome decided by the headers, or else the outcome for the code.
    private func outcome(of code: CURLcode) -> AttemptOutcome {
        if code == CURLE_OK {
            unsafe response.takeEnd(status: relay_easy_get_long(easy, CURLINFO_RESPONSE_CODE))
        }
        if let outcome = response.outcome { return outcome }
        if response.hasTooLargeHeaders { return .failed(.responseTooLarge) }
        // The connection was closed after an interim response.
        if code == CURLE_OK { return .failed(.connectionReset) }
        let proxyStatus = unsafe relay_easy_get_long(easy, CURLINFO_HTTP_CONNECTCODE)
        return .failed(
            CurlError.classify(code, message: unsafe String(cString: errorText), proxyStatus: Int(proxyStatus)))
    }

    /// The connection is established, including the TLS handshake.
    private var hasBegunToSend: Bool { sendTime > sendTimeAtOpen }

    /// Microseconds from the start until libcurl last began to send; 0: not yet.
    private var sendTime: curl_off_t { unsafe relay_easy_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) }

    /// The connection uses HTTP/2, so ending the stream of this transfer leaves the connection usable.
    var usesHTTP2: Bool {
        unsafe relay_easy_get_long(easy, CURLINFO_HTTP_VERSION) >= Int(CURL_HTTP_VERSION_2_0)
    }

    /// Call this once the handle is removed from libcurl's multi handle.
    func finish() {
        isOver = true
        if let socket, !hasBegunToSend { environment.connections.forget(socket) }
    }

    // MARK: Callbacks

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlHandle? {
        unsafe context.map { unsafe Unmanaged<CurlHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    private func openSocket(_ address: curl_sockaddr) -> curl_socket_t {
        if isLate {
            shortage = .fileDescriptors
            return CURL_SOCKET_BAD
        }
        socket = environment.connections.open(address)
        if socket == nil { shortage = Shortage(errno: errno) }
        sendTimeAtOpen = sendTime
        return socket ?? CURL_SOCKET_BAD
    }

    /// - Returns: the number of bytes handled; any number other than `count` ends the transfer.
    private func takeHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let line = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        let wasDecided = response.outcome != nil
        let goesOn = unsafe response.takeHeader(line) {
            unsafe relay_easy_get_long(easy, CURLINFO_RESPONSE_CODE)
        }
        if !wasDecided, response.outcome != nil { environment.decided(self) }
        return goesOn ? count : 0
    }

    private func takeBody(_ count: Int) -> Int { response.takeBody(count) ? count : 0 }
}

extension IPAddress {
    /// The form of the address in a URL, with IPv6 in brackets.
    fileprivate var inURL: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): "[\(address)]"
        }
    }
}
