import Glibc
import LogSource
import TestSupport
import Testing

@Suite struct InputDiscoveryTests {
  private func find(_ paths: LogPath...) async throws -> Discovery {
    try await InputDiscovery().find(paths)
  }

  private static func tar() -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 1024)
    block.replaceSubrange(0..<5, with: "a.csv".utf8)
    block.replaceSubrange(257..<262, with: "ustar".utf8)
    return block
  }

  static let contents: [(String, [UInt8], InputProblem.Kind?)] = [
    ("csvlog", Array(record(1).utf8), nil),
    ("csvlog under a wrong name.gz", Array(record(1).utf8), nil),
    (
      "23 columns", Array("2016-01-01 00:00:00.000 CET,,,1,,,1,,,,,LOG,00000,m,,,,,,,,,\n".utf8),
      nil
    ),
    (
      "21 columns", Array("2016-01-01 00:00:00.000 CET,,,1,,,1,,,,,LOG,00000,m,,,,,,,\n".utf8),
      .notPostgreSQLLog
    ),
    ("gzip", gzipped(Array(record(1).utf8)), nil),
    ("half a gzip", Array(gzipped(sampleLog(bytes: 20_000)).prefix(900)), nil),
    ("header of a gzip", Array(gzipped(Array(record(1).utf8)).prefix(10)), nil),
    ("byte order mark", [0xEF, 0xBB, 0xBF] + Array(record(1).utf8), nil),
    ("empty", [], nil),
    ("one byte", Array("2".utf8), nil),
    ("young", Array(record(1).prefix(23).utf8), nil),
    ("open quote", Array((record(1).prefix(130) + "\"long\nlines").utf8), nil),
    ("hole at the start", [UInt8](repeating: 0, count: 9000) + Array(record(1).utf8), nil),
    ("torn at the start", Array(("rest of a record\",,\n" + record(1)).utf8), nil),
    (
      "stderr", Array("2026-11-24 12:00:00.123 UTC [77] LOG:  hello\n".utf8), .stderrLog
    ),
    ("stderr, no time", Array("[77] u@d ERROR:  a, b\n".utf8), .stderrLog),
    (
      "stderr with csv rows in it",
      Array(("2026-11-24 12:00:00.123 UTC [77] LOG:  hello\n" + record(1)).utf8), .stderrLog
    ),
    (
      "jsonlog", Array("{\"timestamp\":\"2026-11-24 12:00:00.123 UTC\",\"pid\":1}\n".utf8), .jsonLog
    ),
    ("text", Array("a text\nwithout logs\n".utf8), .notPostgreSQLLog),
    ("other csv", Array("id,name\n1,x\n".utf8), .notPostgreSQLLog),
    ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 1], .packed(.xz)),
    ("zstd", [0x28, 0xB5, 0x2F, 0xFD, 1], .packed(.zstd)),
    ("bzip2", Array("BZh91AY".utf8), .packed(.bzip2)),
    ("lz4", [0x04, 0x22, 0x4D, 0x18, 1], .packed(.lz4)),
    ("zip", Array("PK\u{3}\u{4}".utf8), .packed(.zip)),
    ("tar", tar(), .packed(.tar)),
    ("tar.gz", gzipped(tar()), .packed(.gzippedTar)),
    ("gzip of gzip", gzipped(gzipped(Array(record(1).utf8))), .notPostgreSQLLog),
    ("damaged gzip", [0x1F, 0x8B, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0], .corruptGzip),
  ]

  @Test(arguments: contents)
  func knowsFilesByContent(name: String, bytes: [UInt8], problem: InputProblem.Kind?) async throws {
    let scratch = Scratch()
    let path = scratch.write(name, bytes)
    let found = try await find(path)
    #expect(found.problems == (problem.map { [InputProblem(path: path, kind: $0)] } ?? []))
    #expect(found.inputs.map(\.path) == (problem == nil ? [path] : []))
  }

  @Test func looksIntoDirectoriesAndPassesOverOtherFormats() async throws {
    let scratch = Scratch()
    scratch.directory("day")
    let csv = scratch.write("day/a.csv", record(5))
    let gz = scratch.write("b.csv.gz", gzipped(Array(record(1).utf8)))
    let log = scratch.write("day/a.log", "2026-11-24 12:00:00.123 UTC [77] LOG:  hello\n")
    let json = scratch.write("day/a.json", "{\"timestamp\":\"2026")
    let xz = scratch.write("c.csv.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 1])
    let pipe = scratch.fifo("pipe")
    let link = scratch.symlink("gone", to: "nowhere")
    scratch.symlink("up", to: "..")
    scratch.symlink("day/loop", to: ".")
    let circle = scratch.symlink("circle", to: "circle")
    let found = try await find(
      scratch.path("day/../day"), LogPath(bytes: scratch.path.bytes + Array("/b*".utf8)))
    #expect(
      found.inputs.map(\.firstTime) == ["2026-11-24 12:00:01.123", "2026-11-24 12:00:05.123"])
    let all = try await find(
      scratch.path("day"), scratch.path("b.csv.gz"), scratch.path("c.csv.xz"), pipe, link, circle)
    #expect(all.inputs.map(\.path) == [gz, csv])
    #expect(
      all.problems
        == [
          InputProblem(path: xz, kind: .packed(.xz)),
          InputProblem(path: circle, kind: .symlinkLoop),
          InputProblem(path: link, kind: .danglingLink),
          InputProblem(path: pipe, kind: .specialFile(.fifo)),
        ].sorted { $0.path < $1.path })
    #expect(Set(all.skipped.map(\.path)) == [log, json])
  }

  @Test func aDirectoryListsItsOddEntries() async throws {
    let scratch = Scratch()
    let csv = scratch.write("a.csv", record(5))
    let pipe = scratch.fifo("pipe")
    let link = scratch.symlink("gone", to: "nowhere")
    let circle = scratch.symlink("circle", to: "circle")
    scratch.symlink("self", to: ".")
    let zip = scratch.write("a.zip", "PK\u{3}\u{4}")
    let found = try await find(scratch.path)
    #expect(found.inputs.map(\.path) == [csv])
    #expect(found.problems == [InputProblem(path: zip, kind: .packed(.zip))])
    #expect(
      found.skipped == [
        SkippedFile(path: circle, kind: .symlinkLoop),
        SkippedFile(path: link, kind: .danglingLink),
        SkippedFile(path: pipe, kind: .specialFile(.fifo)),
      ])
  }

  @Test func namesWhatLeadsToNothing() async throws {
    let scratch = Scratch()
    let empty = scratch.directory("empty")
    let other = scratch.directory("other")
    scratch.write("other/x.log", "2026-11-24 12:00:00.123 UTC [77] LOG:  hello\n")
    scratch.write("other/y.log", "2026-11-24 12:00:00.123 UTC [78] LOG:  hello\n")
    scratch.write("other/x.json", "{\"timestamp\":\"2026")
    scratch.write("other/notes.txt", "nothing\n")
    let missing = scratch.path("missing.csv")
    let pattern = scratch.path("*.nothing")
    let found = try await find(
      missing, pattern, empty, other, LogPath("/dev/null"), LogPath("/dev/log/x"))
    #expect(
      found.problems
        == [
          InputProblem(path: pattern, kind: .notFound),
          InputProblem(path: empty, kind: .emptyDirectory),
          InputProblem(path: missing, kind: .notFound),
          InputProblem(path: other, kind: .noLogs(stderr: 2, json: 1)),
          InputProblem(path: LogPath("/dev/null"), kind: .specialFile(.characterDevice)),
          InputProblem(path: LogPath("/dev/log/x"), kind: .notFound),
        ].sorted { $0.path < $1.path })
  }

  @Test func eachFileOnce() async throws {
    let scratch = Scratch()
    let csv = scratch.write("a.csv", record(1))
    scratch.link("hard.csv", to: "a.csv")
    scratch.symlink("soft.csv", to: "a.csv")
    scratch.directory("sub")
    scratch.symlink("sub/again.csv", to: "../a.csv")
    let found = try await find(
      csv, scratch.path, scratch.path("*.csv"), scratch.path("sub"), LogPath("-"), LogPath("-"))
    #expect(found.inputs.map(\.path) == [csv, LogPath("-")])
    #expect(found.problems.isEmpty)
    #expect(found.skipped.isEmpty)
  }

  @Test func oddNamesSurvive() async throws {
    let scratch = Scratch()
    let names: [[UInt8]] = [
      Array("a\nb".utf8), Array("\u{1B}]52;c;x\u{7}".utf8), [0xFF, 0xFE], Array("-rf".utf8),
      Array("[a].csv".utf8), [UInt8](repeating: 0x61, count: 255),
    ]
    let paths = names.map { scratch.write(scratch.path(bytes: $0), Array(record(1).utf8)) }
    #expect(try await find(scratch.path).inputs.map(\.path) == paths.sorted())
    // A name is taken as it is before it is taken for a pattern.
    #expect(try await find(paths[4]).inputs.map(\.path) == [paths[4]])
  }

  @Test func whatIsNamedIsAProblemWhateverTheOrder() async throws {
    let scratch = Scratch()
    let log = scratch.write("x.log", "2026-11-24 12:00:00.123 UTC [77] LOG:  hello\n")
    scratch.write("x.csv", record(1))
    for paths in [[scratch.path, log], [log, scratch.path]] {
      let found = try await InputDiscovery().find(paths)
      #expect(found.problems == [InputProblem(path: log, kind: .stderrLog)])
      #expect(found.skipped.isEmpty)
      #expect(found.inputs.count == 1)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func namesWhatMayNotBeRead() async throws {
    let scratch = Scratch()
    let secret = scratch.write("secret.csv", record(1))
    chmod(secret.bytes.map { CChar(bitPattern: $0) } + [0], 0)
    scratch.write("open.csv", record(1))
    let found = try await find(scratch.path)
    #expect(found.problems == [InputProblem(path: secret, kind: .permissionDenied)])
    #expect(found.inputs.count == 1)
  }
}
