package import Domain

/// Decodes one line as a Flock event or a control line of the relay (docs/protocol.md).
package struct EventDecoder: Sendable {
    /// The longest secret, artifact type or entry of a filter, in bytes. They are stored as long as a delivery or its history.
    private static let maxTextLength = 1_024
    /// The most entries of `types`, `producers` or `events`. Each artifact of the workflow is compared with them.
    private static let maxEntries = 100
    /// The longest such list as it is written: each byte may be an escape of six.
    private static let maxListBytes = maxEntries * (6 * maxTextLength + 8)
    /// The most sequence numbers in one line. Each is looked up in the outbox.
    private static let maxSequences = 10_000

    package init() {}

    /// - Throws: the reason why the line is rejected.
    package func decode(_ line: [UInt8]) throws(Rejection) -> Event {
        let fields = EventFields(try JSONScanner.members(of: line), in: line)
        switch try control(fields) {
        case .webhookRegistered: return .registered(try registration(fields))
        case .workflowCompleted: return .completed(try completion(fields))
        case .redeliver: return .redeliver(try redelivery(fields))
        case .hello: return .hello(try hello(fields))
        case let other?: return .noted(other)
        case nil: break
        }
        if fields.has(.payload), fields.has(.artifactID) { return .published(try artifact(fields)) }
        return .noted(kind(fields))
    }

    /// The kind, if the line names it in `type`.
    private func control(_ fields: EventFields) throws(Rejection) -> EventKind? {
        guard fields.kind(.type) == .string, let type = try fields.string(.type), let kind = EventKind(rawValue: type)
        else { return nil }
        if case .type = Self.mark(of: kind) { return kind }
        return nil
    }

    /// The kind of a line that does not name it.
    private func kind(_ fields: EventFields) -> EventKind {
        let found = EventKind.allCases.first { kind in
            if case .field(let name) = Self.mark(of: kind) { fields.has(name) } else { false }
        }
        return found ?? .unknown
    }

    /// By what a kind is recognized.
    private enum Mark {
        /// Its name in `type`.
        case type
        /// A field that no other model of Flock has.
        case field(EventFields.Name)
        /// Other rules, see ``decode(_:)``.
        case none
    }

    private static func mark(of kind: EventKind) -> Mark {
        switch kind {
        case .webhookRegistered, .workflowCompleted, .redeliver, .hello, .externalAgentSpawned, .externalAgentCompleted,
            .externalAgentFailed:
            .type
        case .agentActivated: .field(.subscriptionInfo)
        case .agentCompleted: .field(.artifactsProduced)
        case .agentError: .field(.errorType)
        case .streamingOutput: .field(.outputType)
        case .correlationGroupUpdated: .field(.correlationKey)
        case .batchItemAdded: .field(.itemsCollected)
        case .messagePublished, .unknown: .none
        }
    }

    // MARK: Models

    private func artifact(_ fields: EventFields) throws(Rejection) -> PublishedArtifact {
        let artifactID = try artifactID(fields)
        _ = try fields.required(.correlationID, or: .null)
        let isMatchable = try fields.string(.correlationID)?.isEmpty == false
        let correlationID = isMatchable ? try correlationID(fields) : nil
        let createdAt = try fields.string(.createdAt) == nil ? EventFields.Name.timestamp : .createdAt
        return PublishedArtifact(
            artifactID: artifactID, correlationID: correlationID,
            artifactType: try text(fields, .artifactType, 0...Self.maxTextLength),
            producedBy: try fields.requiredString(.producedBy),
            createdAt: WallTime(iso8601: try fields.requiredString(createdAt)),
            isPublic: try isPublic(fields), trace: try trace(fields),
            registration: try inlineRegistration(fields, correlationID),
            fragments: try fragments(fields, createdAt: createdAt))
    }

    private func fragments(
        _ fields: EventFields, createdAt: EventFields.Name
    ) throws(Rejection) -> BodyFragments {
        _ = try fields.requiredString(.timestamp)
        return BodyFragments(
            line: fields.line, artifactID: try fields.required(.artifactID, .string),
            artifactType: try fields.required(.artifactType, .string),
            producedBy: try fields.required(.producedBy, .string),
            correlationID: try fields.required(.correlationID, .string, or: .null),
            payload: try fields.required(.payload, .object), createdAt: try fields.required(createdAt, .string),
            tags: try fields.optional(.tags, .array), timestamp: try fields.required(.timestamp, .string))
    }

    /// An artifact without `visibility` is public, which is Flock's default. Any `visibility` other than a `kind` of
    /// `Public` is not public.
    private func isPublic(_ fields: EventFields) throws(Rejection) -> Bool {
        guard let kind = fields.kind(.visibility), kind != .null else { return true }
        guard kind == .object, let range = try fields.optional(.visibility, .object) else { return false }
        let visibility = Array(fields.line[range])
        let inner = EventFields(try JSONScanner.members(of: visibility), in: visibility)
        guard inner.kind(.kind) == .string else { return false }
        return try inner.string(.kind) == "Public"
    }

    private func trace(_ fields: EventFields) throws(Rejection) -> TraceContext? {
        guard fields.kind(.traceparent) == .string, let parent = try fields.string(.traceparent),
            TraceContext.isValid(parent: parent)
        else { return nil }
        let state = fields.kind(.tracestate) == .string ? try fields.string(.tracestate) : nil
        return TraceContext(parent: parent, state: state.flatMap { TraceContext.isValid(state: $0) ? $0 : nil })
    }

    private func hello(_ fields: EventFields) throws(Rejection) -> Hello {
        Hello(
            acknowledgements: try fields.boolean(.acks) ?? false, grace: try fields.boolean(.grace) ?? true)
    }

    private func completion(_ fields: EventFields) throws(Rejection) -> CompletionRequest {
        CompletionRequest(correlationID: try correlationID(fields), status: try choice(fields, .status) ?? .idle)
    }

    private func redelivery(_ fields: EventFields) throws(Rejection) -> RedeliveryRequest {
        RedeliveryRequest(correlationID: try correlationID(fields), sequences: try sequences(fields))
    }

    /// - Returns: nil if the field is absent or null.
    private func sequences(_ fields: EventFields) throws(Rejection) -> Set<SequenceNumber>? {
        guard let range = try fields.optional(.sequences, .array) else { return nil }
        let elements = fields.line[range].dropFirst().dropLast().split(
            separator: UInt8(ascii: ","), maxSplits: Self.maxSequences, omittingEmptySubsequences: false)
        let numbers = elements.compactMap(JSONNumber.natural)
        guard numbers.count == elements.count, numbers.count <= Self.maxSequences else {
            throw Rejection(
                .invalidValue,
                "sequences must have 1 to \(Self.maxSequences) whole numbers from 1; leave it out for all that failed")
        }
        return Set(numbers.map { SequenceNumber($0) })
    }

    // MARK: Registrations

    private func registration(_ fields: EventFields) throws(Rejection) -> RegistrationRequest {
        let correlationID = try correlationID(fields)
        guard let url = try url(fields) else { throw .missing(.webhookURL) }
        return RegistrationRequest(
            correlationID: correlationID, url: url, secrets: try secrets(fields), filter: try filter(fields),
            ordering: try choice(fields, .ordering), format: try choice(fields, .format),
            maxRetries: try maxRetries(fields))
    }

    private func inlineRegistration(
        _ fields: EventFields, _ correlationID: CorrelationID?
    ) throws(Rejection) -> RegistrationRequest? {
        guard let url = try url(fields) else { return nil }
        guard let correlationID else {
            throw Rejection(.invalidValue, "webhook_url needs a correlation_id that is not empty")
        }
        return RegistrationRequest(correlationID: correlationID, url: url, secrets: try secrets(fields))
    }

    private func url(_ fields: EventFields) throws(Rejection) -> WebhookURL? {
        guard let text = try fields.string(.webhookURL) else { return nil }
        do throws(WebhookURLError) {
            return try WebhookURL(text)
        } catch {
            throw Rejection(
                error.kind == .invalid ? .invalidURL : .unsupportedURL, "webhook_url: \(error.message)")
        }
    }

    private func secrets(_ fields: EventFields) throws(Rejection) -> [WebhookSecret]? {
        let isList = fields.kind(.webhookSecret) == .array
        let texts =
            isList
            ? try fields.strings(.webhookSecret, maxBytes: Self.maxListBytes)
            : try fields.string(.webhookSecret).map { [$0] }
        guard let texts else { return nil }
        guard (1...WebhookSecret.maxCount).contains(texts.count) else {
            throw Rejection(
                .invalidSecret, "webhook_secret must be a string, or an array of 1 to \(WebhookSecret.maxCount) strings"
            )
        }
        var secrets: [WebhookSecret] = []
        for text in texts { secrets.append(try secret(text)) }
        return secrets
    }

    private func secret(_ text: String) throws(Rejection) -> WebhookSecret {
        guard text.utf8.count <= Self.maxTextLength else {
            throw Rejection(.invalidSecret, "webhook_secret is longer than \(Self.maxTextLength) bytes; shorten it")
        }
        guard let secret = WebhookSecret(validating: text) else {
            throw Rejection(.invalidSecret, "webhook_secret is empty, or its part after whsec_ is not base64")
        }
        return secret
    }

    private func filter(_ fields: EventFields) throws(Rejection) -> DeliveryFilter {
        DeliveryFilter(
            events: try events(fields) ?? DeliveryFilter.default.events, types: try entries(fields, .types),
            producers: try entries(fields, .producers))
    }

    private func events(_ fields: EventFields) throws(Rejection) -> Set<WebhookEvent>? {
        guard let names = try entries(fields, .events) else { return nil }
        let events = names.compactMap(WebhookEvent.init)
        guard events.count == names.count else {
            let known = WebhookEvent.allCases.map(\.rawValue).joined(separator: " and ")
            throw Rejection(.invalidValue, "events has an unknown name; it may have \(known)")
        }
        return Set(events)
    }

    /// - Returns: nil if the field is absent or null.
    private func entries(_ fields: EventFields, _ name: EventFields.Name) throws(Rejection) -> [String]? {
        guard let entries = try fields.strings(name, maxBytes: Self.maxListBytes) else { return nil }
        guard (1...Self.maxEntries).contains(entries.count) else {
            throw Rejection(
                .invalidValue,
                "\(name.rawValue) must have 1 to \(Self.maxEntries) entries; leave it out for the default")
        }
        guard entries.allSatisfy({ $0.utf8.count <= Self.maxTextLength }) else {
            throw Rejection(.invalidValue, "an entry of \(name.rawValue) is longer than \(Self.maxTextLength) bytes")
        }
        return entries
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ fields: EventFields, _ name: EventFields.Name
    ) throws(Rejection) -> Choice? {
        guard let text = try fields.string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let allowed = Choice.allCases.map(\.rawValue).joined(separator: " or ")
            throw Rejection(.invalidValue, "\(name.rawValue) must be \(allowed)")
        }
        return choice
    }

    private func maxRetries(_ fields: EventFields) throws(Rejection) -> Int? {
        guard let range = try fields.optional(.maxRetries, .number) else { return nil }
        let text = String(decoding: fields.line[range], as: UTF8.self)
        guard let number = Int(text), (0...100).contains(number) else {
            throw Rejection(.invalidValue, "max_retries must be a whole number from 0 to 100")
        }
        return number
    }

    // MARK: Ids

    private func correlationID(_ fields: EventFields) throws(Rejection) -> CorrelationID {
        CorrelationID(try identifier(fields, .correlationID))
    }

    private func artifactID(_ fields: EventFields) throws(Rejection) -> ArtifactID {
        let id = ArtifactID(try identifier(fields, .artifactID))
        guard !id.isOfCompletion else {
            throw Rejection(
                .invalidValue, "artifact_id must be neither \(ArtifactID.completion), nor begin with it and a dot")
        }
        return id
    }

    private func identifier(_ fields: EventFields, _ name: EventFields.Name) throws(Rejection) -> String {
        let id = try text(fields, name, 1...256)
        // NUL separates the two ids that a webhook-id is made of.
        guard !id.utf8.contains(0) else { throw Rejection(.invalidValue, "\(name.rawValue) must not contain NUL") }
        return id
    }

    private func text(
        _ fields: EventFields, _ name: EventFields.Name, _ bytes: ClosedRange<Int>
    ) throws(Rejection) -> String {
        let text = try fields.requiredString(name)
        guard bytes.contains(text.utf8.count) else {
            let allowed = bytes.lowerBound == 0 ? "at most" : "\(bytes.lowerBound) to"
            throw Rejection(.invalidValue, "\(name.rawValue) must have \(allowed) \(bytes.upperBound) bytes")
        }
        return text
    }
}
