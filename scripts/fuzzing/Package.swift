// swift-tools-version: 6.2
import PackageDescription

// The parts that read what others wrote, and their fuzz targets. The sources are links into the package
// itself; what is not pure Swift, and what needs other packages, is left out. Built by scripts/fuzz.

/// As in the package that is fuzzed.
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

func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + ["FuzzSupport"], swiftSettings: strict)
}

let package = Package(
  name: "fuzzing",
  targets: [
    core("LogModel"),
    core("SQLText", ["LogModel"]),
    core("LogParsing", ["LogModel"]),
    core("Correlation", ["LogModel", "SQLText"]),
    core("PlanText"),
    core("TestSupport", ["LogModel"]),
    core("FuzzSupport"),
    fuzz("FramerFuzz", ["LogModel", "LogParsing", "TestSupport"]),
    fuzz("DecoderFuzz", ["LogModel", "LogParsing", "TestSupport"]),
    fuzz("ClassifierFuzz", ["Correlation", "LogModel", "LogParsing", "TestSupport"]),
    fuzz("LexerFuzz", ["SQLText"]),
    fuzz("PlanFuzz", ["LogModel", "LogParsing", "PlanText", "SQLText"]),
  ]
)
