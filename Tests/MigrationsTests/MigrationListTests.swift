import Foundation
import Migrations
import TestSupport
import Testing

struct MigrationListTests {
  private var directory: URL {
    Fixture.packageDirectory.appendingPathComponent("migrations")
  }

  @Test
  func listIsTheFolder() throws {
    var files: Set<String> = []
    for layer in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
      let names = try FileManager.default.contentsOfDirectory(
        atPath: directory.appendingPathComponent(layer).path)
      files.formUnion(names.map { "\(layer)/\($0)" })
    }
    var listed: Set<String> = []
    for migration in Migrations.all {
      for (suffix, sql) in [("up", migration.up), ("down", migration.down)] {
        let name = "\(migration.title).\(suffix).sql"
        listed.insert(name)
        let file = try Data(contentsOf: directory.appendingPathComponent(name))
        #expect([UInt8](file) == sql, "\(name)")
      }
    }
    #expect(files == listed)
  }

  @Test
  func orderAndNames() {
    for layer in MigrationLayer.allCases {
      let numbers = Migrations.all.filter { $0.layer == layer }.map { $0.number }
      #expect(numbers == Array(1..<numbers.count + 1))
    }
    #expect(Migrations.all.map { $0.layer } == Migrations.all.map { $0.layer }.sorted())
    #expect(Set(Migrations.all.map { $0.name }).count == Migrations.all.count)
  }

  @Test(arguments: Migrations.all.map { $0.title })
  func headerSaysWhatItDoes(title: String) throws {
    let migration = try #require(Migrations.all.first { $0.title == title })
    for sql in [migration.up, migration.down] {
      let header = String(decoding: sql, as: UTF8.self).split(separator: "\n")
        .prefix { $0.hasPrefix("--") }
      for word in ["-- Locks:", "-- Backfills:", "-- Undone by:"] {
        #expect(header.contains { $0.hasPrefix(word) }, "\(title) lacks '\(word)'")
      }
    }
  }

  @Test(arguments: [
    ("SELECT 1", Migration.Script.transaction("SELECT 1")),
    (
      "-- a\nSELECT 1\n-- transaction: none\n",
      .transaction("-- a\nSELECT 1\n-- transaction: none\n")
    ),
    ("-- transaction: none\nA;\n-- next\nB;", .statements(["-- transaction: none\nA;", "B;"])),
    ("-- a\n-- transaction: none\nA;\n", .statements(["-- a\n-- transaction: none\nA;\n"])),
  ])
  func scripts(sql: String, expected: Migration.Script) {
    #expect(Migration.script(Array(sql.utf8)) == expected)
  }
}
