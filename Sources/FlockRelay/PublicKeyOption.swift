import ArgumentParser
import Foundation
import Settings
import Webhook

/// A public key on the command line: as text, or the path of a file with it.
enum PublicKeyOption {
    /// - Throws: `ValidationError`: says what is wrong and what to write instead.
    static func parse(_ argument: String) throws -> Ed25519PublicKey {
        do {
            if argument.hasPrefix("whpk_") { return try Ed25519PublicKey(text: argument) }
            let path = try HomePath.expanded(argument, environment: ProcessInfo.processInfo.environment)
            guard let contents = FileManager.default.contents(atPath: path) else {
                throw ValidationError("\(path) cannot be read; write whpk_…, or the path of a file with a public key")
            }
            return try Ed25519PublicKey(text: String(decoding: contents, as: UTF8.self))
        } catch let error as SettingsError {
            throw ValidationError(error.description)
        } catch let error as KeyTextError {
            throw ValidationError(error.description)
        }
    }
}
