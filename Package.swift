// swift-tools-version: 6.2
import PackageDescription

/// One set of settings for every Swift target: the strictest that the toolchain has.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

func core(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func test(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "pgtrawl",
  products: [.executable(name: "pgtrawl", targets: ["Tool"])],
  dependencies: [
    // Commands, their options, help and shell completions.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // The bounded channel between two stages (MultiProducerSingleConsumerAsyncChannel).
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
    // Signals as an async sequence, graceful shutdown told from cancellation.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    // The HTTP server of `serve`, and TLS for it. Without its traits: settings are pgtrawl's own.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    // The HTTP client of `recommend`.
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0", traits: []),
    // What the HTTP server's interface is made of.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
  ],
  targets: [
    // ---- pure core: no I/O, no clock, no Foundation, no C --------------------------------------
    core("LogModel"),
    core("SQLText", ["LogModel"]),
    core("LogParsing", ["LogModel"]),
    core("Correlation", ["LogModel", "SQLText"]),
    core("PlanText"),
    core("WorkloadAnalysis", ["LogModel"]),
    core("PlanAnalysis", ["LogModel"]),
    core("Pipeline", [.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")]),
    .target(name: "Migrations", resources: [.embedInCode("SQL")], swiftSettings: strict),

    // ---- C edge: one wrapper target a library --------------------------------------------------
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPGQuery", providers: [.apt(["libpg-query-dev"])]),
    .systemLibrary(name: "CAllocator"),
    core("Postgres", ["CLibPQ"]),
    core("Gzip", ["CZlib"]),
    core("Digest", ["CCrypto"]),
    core("QueryShape", ["CPGQuery", "LogModel", "SQLText", "Digest"]),

    // ---- rim: files, database, wiring, commands ------------------------------------------------
    core("LogSource", ["LogModel", "Gzip", "Digest"]),
    core("LogStore", ["LogModel", "WorkloadAnalysis", "Postgres", "Migrations", "Digest"]),
    core("EmbeddedStore", []),
    core("API", ["LogModel", "Postgres"]),
    core(
      "HTTPService",
      [
        "API", "Digest", "Gzip", "LogStore", "Postgres",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    core(
      "LanguageModel",
      [
        "Digest", "LogModel", "SQLText",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
    core(
      "Ingest",
      [
        "LogModel", "SQLText", "LogParsing", "Correlation", "Pipeline", "QueryShape", "Gzip",
        "LogSource", "LogStore", "WorkloadAnalysis", "PlanAnalysis", "PlanText", "Digest",
      ]),
    .executableTarget(
      name: "Tool",
      dependencies: [
        "API", "CAllocator", "Digest", "EmbeddedStore", "HTTPService", "Ingest", "LanguageModel",
        "LogModel", "LogParsing", "LogSource", "LogStore", "Migrations", "PlanAnalysis",
        "PlanText", "Postgres", "QueryShape", "SQLText",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // ---- tests: one target a target, and what they share ----------------------------------------
    .target(
      name: "TestSupport", dependencies: ["CZlib", "LogModel", "Postgres"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    test("LogModelTests", ["LogModel"]),
    test("SQLTextTests", ["LogModel", "SQLText"]),
    test("LogParsingTests", ["LogModel", "LogParsing", "TestSupport"]),
    test("CorrelationTests", ["Correlation", "LogModel", "LogParsing", "TestSupport"]),
    test("PlanTextTests", ["PlanText"]),
    test("WorkloadAnalysisTests", ["TestSupport", "WorkloadAnalysis"]),
    test(
      "PlanAnalysisTests",
      ["Digest", "Gzip", "LogModel", "LogParsing", "PlanAnalysis", "PlanText", "TestSupport"]),
    test("PipelineTests", ["Pipeline"]),
    test("MigrationsTests", ["LogModel", "LogStore", "Migrations", "Postgres", "TestSupport"]),
    test("PostgresTests", ["Postgres", "TestSupport"]),
    test("GzipTests", ["Gzip", "TestSupport"]),
    test("DigestTests", ["Digest"]),
    test("QueryShapeTests", ["LogModel", "QueryShape"]),
    test("LogSourceTests", ["Digest", "Gzip", "LogModel", "LogSource", "TestSupport"]),
    test(
      "LogStoreTests",
      ["LogModel", "LogStore", "Migrations", "Postgres", "TestSupport", "WorkloadAnalysis"]),
    test("EmbeddedStoreTests", ["EmbeddedStore", "Postgres", "TestSupport"]),
    test(
      "IngestTests",
      [
        "Digest", "Gzip", "Ingest", "LogModel", "LogParsing", "LogSource", "LogStore",
        "Migrations", "Postgres",
        "QueryShape", "TestSupport",
      ]),
    test(
      "ToolTests",
      [
        "EmbeddedStore", "LogModel", "LogParsing", "LogSource", "LogStore", "Postgres",
        "QueryShape", "TestSupport", "Tool",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    test(
      "DifferentialTests",
      [
        "CPGQuery", "Gzip", "LogModel", "LogParsing", "Postgres", "QueryShape", "SQLText",
        "TestSupport",
      ]),
    test("APITests", ["API", "LogStore", "Migrations", "Postgres", "TestSupport"]),
    test("HTTPServiceTests", ["API", "HTTPService"]),
    test("LanguageModelTests", ["LanguageModel"]),
    test("TidyTests", []),
  ]
)
