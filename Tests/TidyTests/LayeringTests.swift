import Testing

/// The direction of the target graph, as far as `Package.swift` can't say it.
@Suite struct LayeringTests {
  /// No I/O, no clock, no C.
  static let pureCore: Set = [
    "LogModel", "SQLText", "LogParsing", "Correlation", "PlanText", "PlanAnalysis", "Pipeline",
    "Migrations", "WorkloadAnalysis",
  ]

  /// Every C module and the one target that may see it.
  static let owners = [
    "CLibPQ": "Postgres", "CZlib": "Gzip", "CCrypto": "Digest", "CPGQuery": "QueryShape",
    "CAllocator": "Tool",
  ]

  static let system: Set = ["Foundation", "FoundationEssentials", "Glibc", "Musl", "Dispatch"]

  /// Modules that the file imports, whatever the import's access and attributes are.
  static func imports(of file: Repository.File) -> [String] {
    file.lines.compactMap { line in
      let words = line.split(separator: " ")
      guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
        words[..<at].allSatisfy({
          $0.hasPrefix("@") || ["public", "package", "internal", "private"].contains($0)
        })
      else { return nil }
      let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "typealias"]
      let name = kinds.contains(words[at + 1]) ? words.last ?? "" : words[at + 1]
      return name.split(separator: ".").first.map(String.init)
    }
  }

  @Test func everyTargetOfThePureCoreHasFiles() {
    let present = Set(Repository.sources.map(\.target))
    #expect(Self.pureCore.subtracting(present).isEmpty)
  }

  @Test(arguments: Repository.sources.filter { pureCore.contains($0.target) })
  func pureCoreImportsNeitherSystemNorC(file: Repository.File) {
    let forbidden = Self.system.union(Self.owners.keys)
    for module in Self.imports(of: file) {
      #expect(!forbidden.contains(module), "\(file.path) imports \(module)")
    }
  }

  @Test(arguments: owners.keys.sorted())
  func everyCModuleHasOneTarget(module: String) {
    let importers = Set(
      Repository.sources.filter { Self.imports(of: $0).contains(module) }.map(\.target))
    #expect(importers == [Self.owners[module]])
  }

  @Test func noOtherCModules() {
    let modules = Repository.paths.filter { $0.hasSuffix("module.modulemap") }
      .map { String($0.split(separator: "/").dropFirst().first ?? "") }
    #expect(Set(modules) == Set(Self.owners.keys))
  }

  @Test(arguments: [
    ("import Foundation", ["Foundation"]), ("public import LogModel", ["LogModel"]),
    ("@preconcurrency internal import Glibc", ["Glibc"]),
    ("import struct Foundation.Data", ["Foundation"]), ("// import Foundation", []),
    ("let text = \"import Foundation\"", []),
  ])
  func importsAreRead(line: String, modules: [String]) {
    #expect(Self.imports(of: Repository.File(path: "x", text: line + "\n")) == modules)
  }
}
