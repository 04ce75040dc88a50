import ArgumentParser
import Foundation
import Settings
import Webhook

struct PublicKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "public-key",
        abstract: "Print the public key with which receivers verify the relay's Ed25519 signatures (v1a).",
        discussion: """
            Reads the private key that `serve` signs with, from signing-key-file. The environment and --config can name \
            that file, too. Under systemd, name the file that LoadCredential names, and run this as root.
            """)

    @Option(help: "File with the private key. [$CREDENTIALS_DIRECTORY/signing-key if it exists]")
    var signingKeyFile: String?
    @Option(help: "JSON file with settings.")
    var config: String?
    @Flag(help: "Print a JSON Web Key Set (RFC 7517) instead of whpk_…")
    var jwks = false

    func run() throws {
        let key = try publicKey()
        print(jwks ? JSONWebKey.set(of: key) : key.text)
    }

    private func publicKey() throws -> Ed25519PublicKey {
        let environment = ProcessInfo.processInfo.environment
        Failure.warn(aboutVariablesIn: environment)
        do {
            let sources = try SettingsSources(
                commandLine: signingKeyFile.map { ["signing-key-file": $0] } ?? [:], environment: environment,
                configFile: config)
            if let key = try SettingsReader(sources).readSigningKey() { return key.publicKey }
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
        throw Failure.exit(
            Failure.badConfiguration,
            "signing-key-file is not set; name the private key with --signing-key-file FILE, or make one with: "
                + "openssl genpkey -algorithm ed25519 -out FILE")
    }
}
