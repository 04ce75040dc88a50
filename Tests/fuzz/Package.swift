// swift-tools-version: 6.2

import PackageDescription

/// A package of its own, so that a normal build knows nothing of the fuzzer. The modules of the relay are links to the
/// real files, and only to those that are fuzzed: nothing else of the relay has to be built.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
]

/// Counts edges and comparisons for libFuzzer. Without the address sanitizer, which makes a run three times as long:
/// what is fuzzed is checked by Swift itself.
let sanitizer = ["-sanitize=fuzzer"]

/// Code under test. The code that tests it is left alone: its comparisons would only mislead the fuzzer.
let fuzzed = strict + [.unsafeFlags(sanitizer)]

/// A program that libFuzzer drives. Linked by lld: gold ends with an internal error.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + ["Fuzzing"], swiftSettings: strict,
        linkerSettings: [.unsafeFlags(sanitizer + ["-use-ld=lld"])])
}

let package = Package(
    name: "flock-relay-fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.2")],
    targets: [
        .systemLibrary(name: "CLibFuzzer"),
        .target(name: "Events", swiftSettings: fuzzed),
        .target(
            name: "Ingest", dependencies: ["Events", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: fuzzed),
        .target(name: "Delivery", dependencies: ["Events"], swiftSettings: fuzzed),
        .target(name: "Transport", dependencies: ["Events"], swiftSettings: fuzzed),
        .target(name: "Fuzzing", dependencies: ["CLibFuzzer"], swiftSettings: strict),
        fuzzer("FuzzLines", ["Delivery", "Events", "Ingest", .product(name: "NIOCore", package: "swift-nio")]),
        fuzzer("FuzzTexts", ["Delivery", "Events"]),
        fuzzer("FuzzResponses", ["Events", "Transport"]),
    ]
)
