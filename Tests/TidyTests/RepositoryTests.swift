import Foundation
import Testing

/// What the repository consists of.
@Suite struct RepositoryTests {
  static let topLevel: Set = [
    "Package.swift", "Sources", "Tests", "migrations", "fixtures", "scripts", "README.md",
    "LICENSE", "CHANGELOG.md",
  ]

  @Test func topLevelIsWhatItShallBe() {
    let found = Repository.paths.filter { !$0.contains("/") && !$0.hasPrefix(".") }
    // Package.resolved is written by builds and left out of the repository.
    #expect(Set(found).subtracting(["Package.resolved"]) == Self.topLevel)
  }

  @Test func everyTargetHasItsTests() throws {
    let sources = Set(Repository.sources.map(\.target)).subtracting(["Tool", "Migrations"])
    let tests = Set(Repository.tests.map(\.target))
    let missing = sources.filter { !tests.contains($0 + "Tests") }
    #expect(missing.isEmpty, "targets without tests: \(missing.sorted())")
  }

  /// No name of a machine's own folders, and none of another place that the text would lean on.
  @Test(arguments: [
    "/ro" + "ot/", "/wo" + "rk/", "../sha" + "red", "/bash_" + "jobs",
  ])
  func namesNoPlaceOfOneMachine(word: String) {
    let endings = [
      ".swift", ".sql", ".md", ".sh", ".py", ".csv", ".json", ".log", ".h", ".modulemap",
      ".txt", ".pgbench", ".toml",
    ]
    let scripts = Repository.paths.filter {
      ($0.hasPrefix("scripts/") || $0.hasPrefix(".ci/")) && !$0.contains(".")
    }
    for file in Repository.files(endings: endings + scripts) where file.text.contains(word) {
      Issue.record("\(file.path) names \(word)")
    }
  }

  @Test func migrationsComeInPairs() {
    let names = Repository.paths.filter { $0.hasPrefix("migrations/") && $0.hasSuffix(".sql") }
    let ups = names.filter { $0.hasSuffix(".up.sql") }.map { $0.dropLast(".up.sql".count) }
    let downs = names.filter { $0.hasSuffix(".down.sql") }.map { $0.dropLast(".down.sql".count) }
    #expect(!ups.isEmpty)
    #expect(Set(ups) == Set(downs))
    #expect(names.count == ups.count + downs.count)
    let files = ups.map { $0.split(separator: "/").last ?? "" }
    #expect(Set(files).count == files.count, "names are unique over all layers")
  }

  @Test func everyMigrationIsListed() {
    let list = Repository.files(in: "Sources/Migrations/", endings: [".swift"])
      .map(\.text).joined()
    for path in Repository.paths where path.hasPrefix("migrations/") && path.hasSuffix(".sql") {
      // As the compiler names it: the first digit and everything but letters become `_`.
      let name = path.split(separator: "/").last ?? ""
      let resource = "_" + name.dropFirst().map { $0.isLetter || $0.isNumber ? $0 : "_" }
      #expect(
        list.contains("PackageResources." + resource), "Sources/Migrations does not list \(path)")
    }
  }

  @Test(arguments: Repository.files(in: "migrations/", endings: [".sql"]))
  func migrationsSayWhatTheyDo(file: Repository.File) {
    guard file.path.hasSuffix(".up.sql") else { return }
    for word in ["Locks:", "Backfills:", "Undone by:"] {
      #expect(file.text.contains(word), "\(file.path) does not say \(word)")
    }
  }

  @Test func scriptsAreExecutable() {
    for path in Repository.paths where path.hasPrefix("scripts/") || path == ".ci/run" {
      let full = Repository.root.appending(path: path).path
      let isScript = path.split(separator: "/").count == 2 && !path.contains("scripts/lib")
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
      guard isScript, !isFolder.boolValue else { continue }
      #expect(FileManager.default.isExecutableFile(atPath: full), "\(path) is not executable")
    }
  }

  @Test(arguments: Repository.paths.filter { $0.hasPrefix("scripts/") && !$0.contains(".") })
  func scriptsFailLoudly(path: String) throws {
    guard let text = try? Repository.text(path), text.hasPrefix("#!") else { return }
    #expect(text.contains("\nset -euo pipefail\n"), "\(path) goes on after an error")
  }
}
