// swift-tools-version: 6.2

import PackageDescription

/// A separate package, so that a normal build does not include the fuzzer. The modules of the relay that are fuzzed are
/// links to their folders, and so are those that they import.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
]

/// Counts edges and comparisons for libFuzzer. Without the address sanitizer, which makes a run three times as long:
/// Swift itself checks the memory safety of the fuzzed code.
let sanitizer = ["-sanitize=fuzzer"]

/// Instruments the code under test only: comparisons in the checks would mislead the fuzzer.
let fuzzed = strict + [.unsafeFlags(sanitizer)]

/// A program that libFuzzer drives. Linked with lld, because gold ends with an internal error.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + ["Fuzzing"], swiftSettings: strict,
        linkerSettings: [.unsafeFlags(sanitizer + ["-use-ld=lld"])])
}

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")

let package = Package(
    name: "flock-relay-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibFuzzer"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto"),
        .target(name: "Domain", dependencies: ["CIDN2"], swiftSettings: fuzzed),
        .target(name: "UnixSocket", swiftSettings: strict),
        .target(
            name: "LocalHTTP", dependencies: [nioCore, nioHTTP1, nioPosix, orderedCollections], swiftSettings: strict),
        .target(name: "Ingest", dependencies: ["Domain", "LocalHTTP", nioCore, nioPosix], swiftSettings: fuzzed),
        .target(name: "Webhook", dependencies: ["Domain", "COpenSSL"], swiftSettings: fuzzed),
        .target(name: "Scheduling", dependencies: ["Domain", deque, heap], swiftSettings: fuzzed),
        .target(
            name: "Transport", dependencies: ["Domain", "UnixSocket", "CCurl", "COpenSSL", deque, heap],
            swiftSettings: fuzzed),
        .target(name: "Fuzzing", dependencies: ["CLibFuzzer"], swiftSettings: strict),
        fuzzer("FuzzLines", ["Domain", "Ingest", "Webhook", nioCore]),
        fuzzer("FuzzTexts", ["Domain", "Scheduling"]),
        fuzzer("FuzzResponses", ["Domain", "Transport"]),
    ]
)
