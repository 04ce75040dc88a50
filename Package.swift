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
    static let asyncAlgorithms = product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let heap = product(name: "HeapModule", package: "swift-collections")
    static let histogram = product(name: "Histogram", package: "hdrhistogram-swift")
    static let inMemoryTracing = product(name: "InMemoryTracing", package: "swift-distributed-tracing")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let orderedCollections = product(name: "OrderedCollections", package: "swift-collections")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let tracing = product(name: "Tracing", package: "swift-distributed-tracing")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
}

/// A release of the relay carries the Swift libraries: one file to install, 5 MB less memory and 7 ms less to start than
/// with the toolchain's shared ones (`relay-bench resources`). `--static-swift-stdlib` would do the same for every
/// product, but tests need the shared ones. The libraries named here are those that Foundation's own need.
let swiftLibrariesInside: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-static-stdlib", "-lCoreFoundation", "-l_CFURLSessionInterface", "-l_FoundationICU",
            "-l_FoundationCShims", "-l_FoundationCollections",
            // The table of exported names, which nothing looks up, would take 1 MB.
            "-Xlinker", "--no-export-dynamic",
        ],
        .when(platforms: [.linux], configuration: .release))
]

/// A module of the relay.
func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
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
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Level 0: system libraries.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // Level 1: the vocabulary.
        module("Domain", ["CIDN2"]),

        // Level 2: what several stages stand on.
        module("Outbox", ["Domain"]),
        module("Webhook", ["Domain", "COpenSSL"]),
        module("UnixSocket", []),
        module("LocalHTTP", [.nioCore, .nioHTTP1, .nioPosix, .orderedCollections]),

        // Level 3: the parts of the stages, and the edges.
        module("Ingest", ["Domain", "LocalHTTP", .nioCore, .nioPosix]),
        module("Routing", ["Domain", .deque]),
        module("Scheduling", ["Domain", .deque, .heap]),
        module("Addresses", ["Domain", "UnixSocket", .deque]),
        module("Transport", ["Domain", "UnixSocket", "CCurl", "COpenSSL", .deque, .heap]),
        module("OutboxMemory", ["Domain", "Outbox", .deque]),
        module("OutboxSQLite", ["Domain", "Outbox", "UnixSocket", .grdb, .orderedCollections]),
        module("Status", ["Domain", "LocalHTTP", .deque, .nioCore, .nioHTTP1], resources: [.embedInCode("Page")]),
        module("Telemetry", ["Domain", .histogram, .logging]),
        module("TraceExport", ["Domain", .deque, .tracing]),
        module("Receiving", ["Domain", "LocalHTTP", "Webhook", .nioCore, .nioHTTP1]),

        // Level 4: the stages.
        module("Intake", ["Domain", "Outbox", "Webhook", "Ingest", "Routing", "Addresses", .logging]),
        module("Dispatching", ["Domain", "Outbox", "Webhook", "Scheduling", "Addresses", .deque, .logging, .tracing]),
        module("Settings", ["Domain", "Telemetry", "TraceExport", "Webhook", .logging]),
        module("Terminal", ["Domain", "Status"]),

        // Level 5: the composition root.
        module(
            "Daemon",
            [
                "Domain", "Outbox", "Webhook", "UnixSocket", "LocalHTTP", "Ingest", "Routing", "Addresses", "Transport",
                "OutboxMemory", "OutboxSQLite", "Status", "Telemetry", "TraceExport", "Intake", "Dispatching",
                "Scheduling", "Settings",
                .logging, .nioCore, .nioHTTP1, .nioPosix, .serviceLifecycle, .tracing,
            ]),

        // Level 6: one file for each command.
        .executableTarget(
            name: "FlockRelay",
            dependencies: [
                "CMalloc", "Domain", "UnixSocket", "LocalHTTP", "Webhook", "Status", "Receiving", "Telemetry",
                "TraceExport", "Settings", "Terminal", "Daemon",
                .argumentParser, .asyncAlgorithms, .logging, .nioCore, .nioHTTP1, .nioPosix, .unixSignals,
            ],
            swiftSettings: strict, linkerSettings: swiftLibrariesInside),

        // Tests mirror the modules; the last ones start the real binary.
        .target(
            name: "TestSupport", dependencies: ["Domain", "Outbox", .logging, .nioCore, .nioPosix],
            path: "Tests/TestSupport", swiftSettings: strict),
        tests("Domain"),
        tests("UnixSocket", [.nioCore, .nioPosix]),
        tests("LocalHTTP", ["UnixSocket", .nioCore, .nioEmbedded, .nioHTTP1, .nioPosix]),
        tests("Webhook", ["Domain"]),
        tests("Ingest", ["Domain", "UnixSocket", .nioCore, .nioEmbedded, .nioPosix]),
        tests("Routing", ["Domain"]),
        tests("Scheduling", ["Domain"]),
        tests("Addresses", ["Domain"]),
        tests("Outbox", ["Domain", "OutboxMemory", "OutboxSQLite"]),
        tests("OutboxSQLite", ["Domain", "Outbox"]),
        tests("Transport", ["Domain"]),
        tests("Status", ["Domain", "LocalHTTP", .nioCore, .nioHTTP1]),
        tests("Telemetry", ["Domain", .logging]),
        tests("TraceExport", ["Domain", .tracing]),
        tests("Receiving", ["Domain", "Webhook", .nioCore, .nioPosix]),
        tests(
            "Intake",
            ["Addresses", "Domain", "Ingest", "Outbox", "OutboxMemory", "Routing", .logging, .nioCore, .nioEmbedded]),
        tests(
            "Dispatching",
            ["Addresses", "Domain", "Outbox", "OutboxMemory", "Scheduling", .logging, .inMemoryTracing, .tracing]),
        tests("Terminal", ["Domain", "Status"]),
        tests("Settings", ["Domain", "Telemetry", "TraceExport", "Webhook", .logging]),
        tests(
            "Daemon",
            ["Domain", "LocalHTTP", "Scheduling", "Settings", "Status", "UnixSocket", .logging, .nioCore, .nioHTTP1]),
        .systemLibrary(name: "CLinux", path: "Tests/CLinux"),
        .executableTarget(
            name: "relay-bench",
            dependencies: ["CLinux", "Domain", "TestSupport", "Transport", "UnixSocket", .argumentParser],
            path: "Tests/RelayBench", exclude: ["contenders", "valgrind"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestSupport", .nioCore, .nioPosix],
            swiftSettings: strict),
    ]
)
