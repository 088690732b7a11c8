import Ingest
import LogSource
import LogStore
import QueryShape
import TestSupport
import Testing

/// What a log tells of its server's settings, and of its own holes.
@Suite(.serialized) struct LoggedSettingsTests {
  private static let settings = """
    SELECT name, coalesce(setting, 'NULL'), valid_from::text, origin
    FROM pgtrawl.source_settings ORDER BY valid_from, name
    """

  private static func server(
    _ message: String, line: Int, configure: (inout CSVLogLine) -> Void = { _ in }
  ) -> String {
    CSVLogLine(message, line: line) {
      $0.session = "6b049000.1"
      $0.isClient = false
      $0.backend = "postmaster"
      $0.tag = ""
      configure(&$0)
    }.text
  }

  private static let log = [
    server("starting PostgreSQL 16.4 (Debian 16.4-1) on x86_64", line: 1),
    server(#"parameter "log_min_duration_statement" changed to "250ms""#, line: 2),
    server(
      #"parameter "log_duration" removed from configuration file, reset to default"#, line: 3),
    server(#"parameter "max_connections" cannot be changed without restarting"#, line: 4),
    server(
      #"parameter "primary_conninfo" changed to "host=a password=geheim user=b""#, line: 5),
    server(#"parameter "archive_command" changed to "cp %p --secret geheim""#, line: 6),
    // Written by a statement: forged.
    CSVLogLine(#"parameter "log_duration" changed to "on""#, line: 7) {
      $0.statement = "DO …"
      $0.context = "PL/pgSQL function inline_code_block line 1 at RAISE"
    }.text,
    server(#"parameter "log_statement" changed to "all""#, line: 8) { $0.backend = "walwriter" },
    server(#"parameter "log_statement" changed to "ddl""#, line: 9) { $0.columns = 23 },
  ].joined()

  @Test func changesAndTheVersionAreRecorded() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let file = try scratch.write(Array(Self.log.utf8), to: "a.csv")
    try await store.run([file]) { $0.samples = .redacted }
    let rows = try await store.query(Self.settings)
    #expect(
      rows.map { "\($0[0])=\($0[1])" } == [
        "server_version_num=160004", "log_min_duration_statement=250ms", "log_duration=NULL",
        "primary_conninfo=********", "archive_command=********",
        "log_statement=ddl",
      ])
    #expect(rows.allSatisfy { $0[3] == "log" })
    #expect(rows.first?[2] == "2026-11-24 12:00:00.001+00")
    try await store.run([file]) { $0.again = true }
    #expect(try await store.query(Self.settings) == rows)
  }

  @Test(arguments: [
    ("9.6.24 on x86_64", "90624"), ("12.0, compiled by Visual C++", "120000"),
    ("18beta1 on aarch64", "180000"), ("17.5 (Ubuntu 17.5-1)", "170005"),
  ])
  func versionsAreNumbers(text: String, number: String) async throws {
    let scratch = try ScratchDirectory()
    let log = Self.server("starting PostgreSQL \(text)", line: 1)
    let file = try scratch.write(Array(log.utf8), to: "a.csv")
    let summary = try await ImportRun(settings: IngestSettings()).run([LogPath(file)])
    #expect(summary.figures?.evidence.settings.map(\.setting) == [number])
  }

  @Test func holesOfSessionsAreTheSameWhereverTheFileIsCut() async throws {
    var log = ""
    for line in [1, 2, 5, 6, 10] { log += CSVLogLine("an event", line: line).text }
    log += CSVLogLine("disconnection: session time: 0:00:01", line: 12).text
    for line in [3, 4, 9] {
      log += CSVLogLine("another", line: line) { $0.session = "6b049017.6784" }.text
    }
    let scratch = try ScratchDirectory()
    let bytes = Array(log.utf8)
    for cut in stride(from: 0, to: bytes.count, by: 211) {
      let store = try await StoreUnderTest.make()
      let file = "cut\(cut).csv"
      for piece in [bytes[..<cut], bytes[cut...]] where !piece.isEmpty {
        try scratch.append(piece, to: file)
        try await store.run([scratch.path + "/" + file])
      }
      #expect(
        try await store.number("SELECT sum(lines) FROM pgtrawl.session_holes") == 10,
        "cut at \(cut)")
      #expect(try await store.verify().isEmpty)
    }
    let whole = try scratch.write(bytes, to: "whole.csv")
    let dry = try await ImportRun(settings: IngestSettings()).run([LogPath(whole)])
    #expect(dry.figures?.evidence.missingLines == 10)
  }

  @Test func settingsGoWithTheFileThatToldThem() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let other = Self.server(#"parameter "log_duration" changed to "on""#, line: 20)
    let files = [
      try scratch.write(Array(Self.log.utf8), to: "a.csv"),
      try scratch.write(Array(other.utf8), to: "b.csv"),
    ]
    for file in files { try await store.run([file]) }
    let own = Store(conninfo: store.conninfo)
    try await own.record(
      settings: [
        ServerSetting(
          name: "log_statement", setting: "none", unit: nil, validFromMicros: nil, origin: .file)
      ], ofSource: 1)
    try await own.forget(file: 1)
    await own.close()
    #expect(
      try await store.query(Self.settings).map { "\($0[0])=\($0[1])" } == [
        "log_statement=none", "log_duration=on",
      ])
  }
}
