internal import CCurl
internal import Events

/// A libcurl easy handle, and the transfer that it performs. Used on its engine's thread only.
///
/// What all requests have in common is set once; a handle serves one transfer after the other.
@safe final class CurlHandle {
    /// The longest connect, TLS handshake included, while another address is left to try.
    private static let maxConnect = Duration.seconds(2)

    let easy: UnsafeMutableRawPointer
    /// Distinguishes the transfers that a handle performs one after the other.
    private(set) var serial = 0
    private(set) var transfer: Transfer?
    private(set) var response = ResponseReader()
    /// The transfer's outcome was told; what is still read of the response only leaves the connection reusable.
    var isTold = false
    /// Called when the final headers are complete.
    private let decided: (CurlHandle) -> Void
    private var addressIndex = 0
    /// No idle connection is used for this transfer any more.
    private var isOnFreshConnection = false
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var destination: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    /// - Parameters:
    ///   - openConnections: counts the sockets of all handles.
    ///   - caFile: the bundle of trusted authorities; nil: libcurl's own default.
    /// - Returns: nil if libcurl has no memory.
    init?(openConnections: ConnectionCount, caFile: String?, decided: @escaping (CurlHandle) -> Void) {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe self.easy = easy
        self.decided = decided
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setCommonOptions(openConnections, caFile)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headers)
        unsafe curl_slist_free_all(destination)
        unsafe errorText.deallocate()
    }

    // MARK: Options

    private func setCommonOptions(_ openConnections: ConnectionCount, _ caFile: String?) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_POST, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_HTTP09_ALLOWED, 0)
        // HTTP/2 where TLS agrees on it.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_MAXAGE_CONN, EngineLimits.maxIdleSeconds)
        set(CURLOPT_MAXLIFETIME_CONN, EngineLimits.maxConnectionSeconds)
        unsafe _ = relay_easy_restrict_protocols(easy)
        // Neither a proxy nor its exceptions come from the environment.
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_HTTPPROXYTUNNEL, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let caFile { set(CURLOPT_CAINFO, caFile) }
        // libcurl keeps the authorities in memory only if there is no directory of them beside the bundle.
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_CAPATH, nil)
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        setCallbacks(openConnections)
    }

    private func setCallbacks(_ openConnections: ConnectionCount) {
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_HEADERDATA, own)
        unsafe _ = relay_easy_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            unsafe CurlHandle.of(context)?.takeHeader(bytes, size * count) ?? 0
        }
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_WRITEDATA, own)
        unsafe _ = relay_easy_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { _, size, count, context in
            unsafe CurlHandle.of(context)?.takeBody(size * count) ?? 0
        }
        // A connection may outlive the handle that opened it, but not the count.
        let counter = unsafe Unmanaged.passUnretained(openConnections).toOpaque()
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, counter)
        unsafe _ = relay_easy_set_open_callback(easy) { context, _, address in
            unsafe ConnectionCount.of(context)?.open(address) ?? CURL_SOCKET_BAD
        }
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, counter)
        unsafe _ = relay_easy_set_close_callback(easy) { context, socket in
            unsafe ConnectionCount.of(context)?.close(socket) ?? 0
        }
    }

    private func set(_ option: CURLoption, _ value: Int) { unsafe _ = relay_easy_set_long(easy, option, value) }

    /// libcurl copies the text.
    private func set(_ option: CURLoption, _ text: String) { unsafe _ = relay_easy_set_pointer(easy, option, text) }

    // MARK: A transfer

    /// Makes the handle ready for a transfer. Every option that one request sets is set by the next one, too.
    func prepare(_ transfer: Transfer) {
        let request = transfer.request
        self.transfer = transfer
        serial += 1
        addressIndex = 0
        useFreshConnection(false)
        isTold = false
        response = ResponseReader()
        set(CURLOPT_URL, request.url.text)
        set(CURLOPT_PROXY, request.proxy.map { "http://\($0.address.inURL):\($0.port)" } ?? "")
        setHeaders(request.headers)
        unsafe _ = relay_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        unsafe request.body.withUnsafeBytes {
            unsafe _ = relay_easy_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(easy))
        }
        setDestination()
    }

    /// Makes the handle ready to perform the transfer once more, if its failure says nothing of the receiver: an address
    /// that could not be connected to while another is left, or an idle connection that the receiver closed when the
    /// request was on its way.
    ///
    /// - Returns: false if the failure counts, or no time is left.
    func prepareAgain(after code: CURLcode) -> Bool {
        guard let transfer, transfer.deadline > .now else { return false }
        let didConnect = unsafe relay_easy_get_long(easy, CURLINFO_NUM_CONNECTS) > 0
        switch code {
        case CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT:
            let isLast = addressIndex + 1 >= transfer.request.addresses.count
            if isLast || code == CURLE_OPERATION_TIMEDOUT && didConnect { return false }
            addressIndex += 1
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
            // libcurl tries other idle connections by itself, but only some times, and not for each of these errors.
            if didConnect || isOnFreshConnection || !response.isBlank { return false }
            useFreshConnection(true)
        default: return false
        }
        setDestination()
        return true
    }

    private func useFreshConnection(_ isFresh: Bool) {
        isOnFreshConnection = isFresh
        set(CURLOPT_FRESH_CONNECT, isFresh ? 1 : 0)
    }

    /// Lets go of the transfer and its body.
    func finish() {
        transfer = nil
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_POSTFIELDS, nil)
    }

    /// What the transfer's end means, unless its headers have decided already.
    func outcome(of code: CURLcode) -> AttemptOutcome {
        if code == CURLE_OK {
            unsafe response.takeEnd(status: relay_easy_get_long(easy, CURLINFO_RESPONSE_CODE))
        }
        if let outcome = response.outcome { return outcome }
        if response.hasTooLargeHeaders { return .failed(.responseTooLarge) }
        // An interim response, and no other behind it.
        if code == CURLE_OK { return .failed(.connectionReset) }
        let proxyStatus = unsafe relay_easy_get_long(easy, CURLINFO_HTTP_CONNECTCODE)
        return .failed(
            CurlError.classify(code, message: unsafe String(cString: errorText), proxyStatus: Int(proxyStatus)))
    }

    private func setHeaders(_ fields: [OutgoingRequest.Header]) {
        // The new list is set before the old one goes: libcurl has a pointer to it. `Expect` is what libcurl would add to
        // bodies of more than 1 MiB, and then wait for the answer.
        let old = unsafe headers
        unsafe headers = curl_slist_append(nil, "Expect:")
        for field in fields { unsafe headers = curl_slist_append(headers, "\(field.name): \(field.value)") }
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_HTTPHEADER, headers)
        unsafe curl_slist_free_all(old)
    }

    /// Connects to the checked address, whatever the host in the URL is: its name stays in `Host`, SNI and the
    /// certificate's check.
    private func setDestination() {
        guard let transfer else { return }
        let addresses = transfer.request.addresses
        let left = max(transfer.deadline - .now, .milliseconds(1))
        set(CURLOPT_TIMEOUT_MS, Int((left + .microseconds(999)).milliseconds))
        let isLast = addressIndex + 1 >= addresses.count
        let connect = isLast ? left : min(left / (addresses.count - addressIndex), Self.maxConnect)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(connect.milliseconds)))
        let old = unsafe destination
        let address = addresses[addressIndex].inURL
        unsafe destination = curl_slist_append(nil, "::\(address):\(transfer.request.url.origin.port)")
        unsafe _ = relay_easy_set_pointer(easy, CURLOPT_CONNECT_TO, destination)
        unsafe curl_slist_free_all(old)
        unsafe errorText[0] = 0
    }

    // MARK: Callbacks

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlHandle? {
        unsafe context.map { unsafe Unmanaged<CurlHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    /// - Returns: bytes taken; any other number than `count` ends the transfer.
    private func takeHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let line = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        let wasDecided = response.outcome != nil
        let goesOn = unsafe response.takeHeader(line) {
            unsafe relay_easy_get_long(easy, CURLINFO_RESPONSE_CODE)
        }
        if !wasDecided, response.outcome != nil { decided(self) }
        return goesOn ? count : 0
    }

    private func takeBody(_ count: Int) -> Int { response.takeBody(count) ? count : 0 }
}

extension IPAddress {
    /// As it stands in a URL: IPv6 in brackets.
    fileprivate var inURL: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): "[\(address)]"
        }
    }
}
