import Domain
import Receiving

/// Shows a delivery as one line of text.
enum WebhookLine {
    static func text(_ webhook: ReceivedWebhook) -> String {
        let sequence = webhook.header("x-flock-sequence") ?? "?"
        let attempt = webhook.header("x-flock-attempt") ?? "?"
        let workflow = webhook.header("x-flock-correlation-id") ?? "?"
        return ControlCharacters.escaped(
            "#\(sequence) attempt \(attempt) of \(workflow): \(webhook.body.count) bytes, "
                + "\(signature(webhook)), \(answer(webhook.act))")
    }

    static func signature(_ webhook: ReceivedWebhook) -> String {
        let ed25519 = "Ed25519 signature \(webhook.asymmetricSignature)"
        switch (webhook.flockSignature, webhook.asymmetricSignature) {
        case (.unchecked, .unchecked): return "signature not checked"
        case (.unchecked, _): return ed25519
        case (_, .unchecked): return signaturesWithSecret(webhook)
        default: return "\(signaturesWithSecret(webhook)), \(ed25519)"
        }
    }

    private static func signaturesWithSecret(_ webhook: ReceivedWebhook) -> String {
        switch (webhook.flockSignature, webhook.standardSignature) {
        case (.valid, .valid): "both signatures valid"
        case (let flock, let standard): "X-Flock-Signature \(flock), webhook-signature \(standard)"
        }
    }

    static func answer(_ act: FailureScript.Act) -> String {
        switch act {
        case .succeed: "answered 200"
        case .answer(let status): "answered \(status) on purpose"
        case .hang: "not answered on purpose"
        }
    }
}
