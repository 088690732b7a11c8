import LogModel
import LogParsing
import TestSupport
import Testing

@Suite struct ClassificationTests {
  struct Case: Sendable {
    var message: String
    var kind: MessageKind
    var micros: Int64 = 0
    var name = ""
    var text = ""
  }

  static let cases: [Case] = [
    Case(message: "duration: 0.123 ms", kind: .durationOnly, micros: 123),
    Case(
      message: "duration: 1234.567 ms  statement: SELECT 1", kind: .durationStatement,
      micros: 1_234_567, text: "SELECT 1"),
    Case(
      message: "duration: 0.010 ms  parse S_1: select $1", kind: .durationParse, micros: 10,
      name: "S_1", text: "select $1"),
    Case(
      message: "duration: 0.010 ms  bind S_1/C_3: select $1", kind: .durationBind, micros: 10,
      name: "S_1/C_3", text: "select $1"),
    Case(
      message: "duration: 0.010 ms  execute <unnamed>: a: b", kind: .durationExecute, micros: 10,
      name: "<unnamed>", text: "a: b"),
    Case(
      message: "duration: 2.000 ms  execute fetch from S_2/C_3: select", kind: .durationFetch,
      micros: 2000, name: "S_2/C_3", text: "select"),
    Case(
      message: "duration: 2.000 ms  fastpath function call: \"lo_open\" (OID 952)",
      kind: .durationFastpath, micros: 2000, text: "\"lo_open\" (OID 952)"),
    Case(message: "statement: ", kind: .saidStatement),
    Case(message: "statement: COMMIT", kind: .saidStatement, text: "COMMIT"),
    Case(message: "execute p: x", kind: .saidExecute, name: "p", text: "x"),
    Case(message: "execute fetch from p/c: x", kind: .saidFetch, name: "p/c", text: "x"),
    Case(message: "fastpath function call: f", kind: .saidFastpath, text: "f"),
    Case(message: "duration: x ms", kind: .other),
    Case(message: "duration: 1.5 ms", kind: .other),
    Case(message: "duration: 1.500 ms and more", kind: .other),
    Case(message: "Duration: 1.500 ms", kind: .other),
    Case(message: "temporary file: path \"x\", size 9", kind: .other),
  ]

  @Test(arguments: cases)
  func messagesAreToldApart(item: Case) throws {
    let log = try ParsedLog(Array(CSVLogLine(item.message).text.utf8))
    let record = try #require(log.records.first)
    #expect(record.kind == item.kind)
    #expect(record.texts[10] == item.name)
    #expect(record.texts[11] == item.text)
    if item.kind != .other { #expect(record.durationMicros == item.micros) }
  }

  /// The words of the server's translations; the state decides about others only.
  @Test(arguments: [
    ("ATTENTION", "25001", Severity.warning), ("HINWEIS", "42P07", .notice),
    ("WARNUNG", "01000", .warning), ("ПРЕДУПРЕЖДЕНИЕ", "25P01", .warning),
    ("警告", "25P01", .warning),
    ("NOTIS", "42P07", .notice), ("СООБЩЕНИЕ", "57014", .log), ("LOGG", "00000", .log),
    ("정보", "42P07", .info), ("FEHLER", "42P01", .error), ("ВАЖНО", "28P01", .fatal),
    ("გაფრთხილება", "00000", .notice), ("გაფრთხილება", "25001", .warning),
    ("PANIK", "XX000", .panic),
    ("KATASTROFALNY", "3D000", .fatal), ("DEBUG2", "00000", .debug), ("WARNING", "25001", .warning),
    ("XYZ", "00000", .log), ("XYZ", "42P01", .error), ("XYZ", "57P01", .fatal),
  ])
  func severities(word: String, state: String, severity: Severity) throws {
    let line = CSVLogLine("x") { ($0.severity, $0.sqlstate) = (word, state) }
    #expect(try ParsedLog(Array(line.text.utf8)).records.first?.severity == severity)
  }

  /// Minutes after 12:00 of the local clock, and where they are in real time.
  @Test(arguments: [
    ([10.0, 40, 59, 1, 30, 59, 62], [10.0, 40, 59, 61, 90, 119, 122]),
    ([10, 9.99, 50, 49.99, 5, 4.99, 30], [10, 9.99, 50, 49.99, 65, 64.99, 90]),
    ([30, 31], [30, 31]), ([59.9, 0.1, 60.1, 59.99, 70], [59.9, 60.1, 120.1, 119.99, 130]),
  ])
  func anHourThatComesTwiceIsToldByTheOrder(minutes: [Double], expected: [Double]) throws {
    let lines = minutes.enumerated().map { index, minute in
      CSVLogLine("x", line: index + 1) { ($0.zone, $0.seconds) = ("RPT", minute * 60) }
    }
    let times = try ParsedLog(Array(lines.map(\.text).joined().utf8)).records.map(\.time)
    let origin = try #require(times.first) - Int64(expected[0] * 60_000_000)
    for (time, minute) in zip(times, expected) {
      #expect(abs(time - origin - Int64(minute * 60_000_000)) < 2000)
    }
  }

  @Test func aStatementIsOnlySaidByAPlainLogRecord() throws {
    let line = CSVLogLine("statement: x") { ($0.severity, $0.sqlstate) = ("ERROR", "22012") }
    #expect(try ParsedLog(Array(line.text.utf8)).records.first?.kind == .other)
  }

  @Test(arguments: [
    ("FEHLER", "22012", Severity.error), ("ERREUR", "42P01", .error), ("ОШИБКА", "23505", .error),
    ("ÖLÜMCÜL (FATAL)", "57P01", .fatal), ("GÜNLÜK", "00000", .log), ("PANIK", "XX000", .panic),
    ("WARNUNG", "01000", .warning), ("DEBUG1", "00000", .debug), ("HINWEIS", "00000", .notice),
  ])
  func severitiesOfOtherLanguagesAreToldBySQLSTATE(
    word: String, state: String, expected: Severity
  ) throws {
    let line = CSVLogLine("x") { ($0.severity, $0.sqlstate) = (word, state) }
    #expect(try ParsedLog(Array(line.text.utf8)).records.first?.severity == expected)
  }

  @Test(
    arguments: [
      ("UTC", 1_795_521_600_001_000), ("CET", 1_795_518_000_001_000),
      ("NST", 1_795_534_200_001_000), ("+0545", 1_795_500_900_001_000),
    ] as [(String, Int64)])
  func timesAreUTC(zone: String, micros: Int64) throws {
    let log = try ParsedLog(Array(CSVLogLine("x") { $0.zone = zone }.text.utf8))
    #expect(log.records.first?.time == micros)
  }

  @Test func workersAreToldFromClients() throws {
    func isWorker(_ backend: String) throws -> Bool? {
      let line = CSVLogLine("x") { $0.backend = backend }
      return try ParsedLog(Array(line.text.utf8)).records.first?.isWorker
    }
    #expect(try isWorker("client backend") == false)
    #expect(try isWorker("parallel worker") == true)
    #expect(try isWorker("autovacuum worker") == true)
  }
}
