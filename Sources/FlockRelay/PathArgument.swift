import ArgumentParser
import Foundation
import Settings

/// A path on the command line, in which a leading `~/` is the home directory.
struct PathArgument: ExpressibleByArgument {
    let path: String

    init?(argument: String) {
        guard let path = try? HomePath.expanded(argument, environment: ProcessInfo.processInfo.environment) else {
            return nil
        }
        self.path = path
    }
}
