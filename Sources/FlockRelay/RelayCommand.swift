import ArgumentParser
import Domain
import Foundation
import Glibc

@main
struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flock-relay",
        abstract: "Signed, numbered, retried webhooks for the artifacts of a Flock server.",
        discussion: "Start with `flock-relay demo`, which needs no configuration.",
        version: RelayVersion.current,
        subcommands: [
            Serve.self, StatusCommand.self, Tail.self, Page.self, Redeliver.self, Send.self, Listen.self, Verify.self,
            PublicKeyCommand.self,
            CheckConfig.self, Demo.self,
        ])

    /// Swift reads the arguments of the process from `/proc`, and finds none if it is not mounted.
    static func main() async {
        guard unsafe access("/proc/self/cmdline", R_OK) == 0 else {
            Glibc.exit(
                Failure.exit(
                    Failure.badConfiguration,
                    "cannot read /proc/self/cmdline; mount /proc, e.g. with mount -t proc proc /proc"
                ).rawValue)
        }
        await main(nil)
    }
}
