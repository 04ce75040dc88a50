// swift-tools-version: 6.2

import PackageDescription

/// What every target of ours is compiled with: the strictest language the toolchain offers, and no warnings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let heap = product(name: "HeapModule", package: "swift-collections")
    static let configuration = product(name: "Configuration", package: "swift-configuration")
    static let histogram = product(name: "Histogram", package: "hdrhistogram-swift")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let systemPackage = product(name: "SystemPackage", package: "swift-system")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
}

/// A module of the relay.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A module's own tests.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, swiftSettings: strict)
}

/// The modules, lowest level first. Arrows point only down; modules of one level never import each other.
let package = Package(
    name: "flock-relay",
    products: [.executable(name: "flock-relay", targets: ["FlockRelay"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Level 1: the vocabulary, and what only C can say.
        module("Events", []),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // Level 2: what several stages stand on.
        module("UnixSocket", []),
        module("LocalHTTP", [.nioCore, .nioHTTP1, .nioPosix]),
        module("Signing", ["Events", "COpenSSL"]),

        // Level 3: the stages.
        module("Ingest", ["Events", .nioCore, .nioPosix]),
        module("Routing", ["Events", .deque]),
        module("Outbox", ["Events", .deque, .grdb]),
        module("Delivery", ["Events", "Signing", .deque, .heap, .logging]),
        module("Transport", ["Events", "CCurl", "COpenSSL", .deque, .heap]),
        module("Status", ["Events", "LocalHTTP", .nioCore, .nioHTTP1]),
        module("Telemetry", ["Events", .histogram, .logging]),
        module("Receiving", ["Events", "LocalHTTP", "Signing", .nioCore, .nioHTTP1]),

        // Level 4: the composition root.
        module(
            "Daemon",
            [
                "Events", "UnixSocket", "LocalHTTP", "Signing", "Ingest", "Routing", "Outbox", "Delivery", "Status",
                "Telemetry", "Transport", .configuration, .logging, .nioCore, .nioHTTP1, .nioPosix, .serviceLifecycle,
                .systemPackage,
            ]),

        // Level 5: one file for each command.
        .executableTarget(
            name: "FlockRelay",
            dependencies: [
                "CMalloc", "Events", "UnixSocket", "LocalHTTP", "Signing", "Status", "Receiving", "Telemetry",
                "Daemon",
                .argumentParser, .logging, .nioCore, .nioHTTP1, .nioPosix, .unixSignals,
            ],
            swiftSettings: strict),

        // Tests mirror the modules; the last ones start the real binary.
        .target(
            name: "TestSupport", dependencies: ["Events", .nioCore, .nioPosix], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("Events"),
        tests("UnixSocket", [.nioCore, .nioPosix]),
        tests("LocalHTTP", ["UnixSocket", .nioCore, .nioEmbedded, .nioHTTP1, .nioPosix]),
        tests("Signing", ["Events"]),
        tests("Ingest", ["Events", "UnixSocket", .nioCore, .nioEmbedded, .nioPosix]),
        tests("Routing", ["Events"]),
        tests("Outbox", ["Events"]),
        tests("Delivery", ["Events", .logging]),
        tests("Transport", ["Events"]),
        tests("Status", ["LocalHTTP", .nioCore, .nioHTTP1]),
        tests("Telemetry", ["Events", .logging]),
        tests("Receiving", ["Events", .nioCore, .nioPosix]),
        tests(
            "Daemon",
            [
                "Events", "Delivery", "Ingest", "LocalHTTP", "Outbox", "Routing", "Status", "Telemetry", .logging,
                .nioCore,
                .nioEmbedded, .nioHTTP1,
            ]),
        .executableTarget(
            name: "transport-benchmark", dependencies: ["Events", "Transport"], path: "Tests/TransportBenchmark",
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestSupport", "FlockRelay", .nioCore, .nioPosix],
            swiftSettings: strict),
    ]
)
