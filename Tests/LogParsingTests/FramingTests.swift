import LogModel
import LogParsing
import TestSupport
import Testing

@Suite struct FramingTests {
  private func parse(
    _ text: String, ending: CSVLogParser.Ending = .pending
  ) throws -> ParsedLog {
    try ParsedLog(Array(text.utf8), ending: ending)
  }

  @Test(arguments: [22, 23, 24, 26])
  func everyVersionsColumnsAreRead(columns: Int) throws {
    let log = try parse(CSVLogLine("duration: 1.500 ms") { $0.columns = columns }.text)
    #expect(log.records.count == 1)
    #expect(log.records.first?.kind == .durationOnly)
    #expect(log.records.first?.durationMicros == 1500)
  }

  @Test(arguments: ["1099511627777", "9223372036854775807", "-1", ""])
  func aLineNumberThatNoSessionReachesIsAReject(number: String) throws {
    let record = CSVLogLine("x", line: 4711).text.replacing(",4711,", with: ",\(number),")
    let log = try parse(record + CSVLogLine("next", line: 2).text)
    #expect(log.rejects.count == 1)
    #expect(log.records.map { $0.texts[5] } == ["next"])
  }

  @Test func moreColumnsThanKnownAreKeptAsOneRecord() throws {
    let line = CSVLogLine("x").text.dropLast() + ",\"new, column\",7\n"
    let log = try parse(String(line))
    #expect(log.records.count == 1)
    #expect(log.rejects.isEmpty)
  }

  @Test func fewerColumnsThanEverAreARejectAndTheNextRecordIsRead() throws {
    let log = try parse(
      CSVLogLine("short") { $0.columns = 15 }.text + CSVLogLine("whole", line: 2).text)
    #expect(log.rejects.count == 1)
    #expect(log.records.map { $0.texts[5] } == ["whole"])
  }

  @Test func newlinesQuotesAndCommasInsideTextsAreText() throws {
    let message =
      "duration: 0.100 ms  statement: select 'a\n,\"b\"\"',\n2026-11-24 12:00:00.000 UTC"
    let log = try parse(CSVLogLine(message).text + CSVLogLine("next", line: 2).text)
    #expect(log.records.map { $0.texts[5] } == [message, "next"])
  }

  @Test func recordsInsideATextAreText() throws {
    let inner = CSVLogLine("forged").text
    let log = try parse(CSVLogLine("statement: select $$\n\(inner)$$").text)
    #expect(log.records.count == 1)
    #expect(log.rejects.isEmpty)
  }

  @Test func carriageReturnsBeforeTheNewlineBelongToIt() throws {
    let line = CSVLogLine("windows") { $0.queryID = 0 }.text.dropLast(2) + "\"a\"\r\n"
    let log = try parse(String(line) + CSVLogLine("next", line: 2).text)
    #expect(log.records.count == 2)
  }

  @Test func aTornTailWaitsUntilTheFileIsFinished() throws {
    let text = CSVLogLine("one").text + CSVLogLine("two", line: 2).text.dropLast(30)
    let pending = try parse(text)
    #expect(pending.records.count == 1)
    #expect(pending.rejects.isEmpty)
    #expect(pending.pendingBytes > 0)
    let finished = try parse(text, ending: .finished)
    #expect(finished.records.count == 1)
    #expect(finished.rejects.count == 1)
    #expect(finished.pendingBytes == 0)
    #expect(finished.tiles(text.utf8.count))
  }

  @Test func aTornRecordInTheMiddleCostsOnlyItself() throws {
    let torn = CSVLogLine("plan \"quoted\" text", line: 2).text
    let cut = torn.prefix(torn.count / 2)
    let text =
      CSVLogLine("one").text + cut + CSVLogLine("glued", line: 3).text
      + CSVLogLine("four", line: 4).text
    let log = try parse(text)
    #expect(log.rejects.count == 1)
    #expect(log.records.map { $0.texts[5] } == ["one", "four"])
    #expect(log.tiles(text.utf8.count))
  }

  @Test func garbageAndNULRunsAreRejectedAndSkipped() throws {
    let text =
      "garbage line\nanother\n" + CSVLogLine("one").text + String(repeating: "\0", count: 5000)
      + CSVLogLine("two", line: 2).text
    let log = try parse(text)
    #expect(log.records.map { $0.texts[5] } == ["one", "two"])
    #expect(log.rejects.count == 2)
    #expect(log.tiles(text.utf8.count))
  }

  @Test func aByteOrderMarkCostsNoRecord() throws {
    let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(CSVLogLine("first").text.utf8)
    let log = try ParsedLog(bytes)
    #expect(log.records.map { $0.texts[5] } == ["first"])
    #expect(log.rejects.map(\.length) == [3])
  }

  @Test func plansOfAServerOnWindowsArePlans() throws {
    let plan = "duration: 1.000 ms  plan:\r\n{\r\n  \"Query Text\": \"select 1\"\r\n}"
    let log = try parse(CSVLogLine(plan).text)
    #expect(log.records.first?.kind == .plan)
    #expect(log.records.first?.plan.dropFirst(2).first == "select 1")
  }

  @Test(arguments: [
    ("2026-11-24 25:00:00.000", "log_time"), ("2026-02-30 12:00:00.000", "log_time"),
  ])
  func impossibleTimesAreRejected(stamp: String, reason: String) throws {
    let line = stamp + CSVLogLine("x").text.dropFirst(23)
    let log = try parse(String(line), ending: .finished)
    #expect(log.records.isEmpty)
    #expect(log.rejects.first?.reason.contains(reason) == true)
  }

  @Test func anAmbiguousZoneStopsTheFileAndNamesTheChoices() throws {
    let error = #expect(throws: ParsingError.self) {
      try parse(CSVLogLine("x") { $0.zone = "IST" }.text)
    }
    #expect(error?.description.contains("Asia/Kolkata") == true)
    #expect(error?.description.contains("--timezone") == true)
  }

  @Test func recordsBeforeAnAmbiguousZoneAreRead() throws {
    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: FixedZones())
    let text = CSVLogLine("good").text + CSVLogLine("bad", line: 2) { $0.zone = "IST" }.text
    parser.append(Array(text.utf8))
    #expect(try parser.parse(.pending)?.records.count == 1)
    #expect(throws: ParsingError.self) { try parser.parse(.pending) }
  }

  @Test func anUnknownZoneStopsAFileThatBeginsWithItAndIsDamageElsewhere() throws {
    let bad = CSVLogLine("bad") { $0.zone = "XYZ" }.text
    #expect(throws: ParsingError.self) { try parse(bad) }
    let log = try parse(CSVLogLine("good").text + bad + CSVLogLine("next", line: 2).text)
    #expect(log.records.map { $0.texts[5] } == ["good", "next"])
    #expect(log.rejects.count == 1)
  }

  @Test func bytesThatAreNoUTF8AreReadInTheSourcesEncoding() throws {
    var bytes = Array(CSVLogLine("statement: select 'caf#'").text.utf8)
    if let index = bytes.firstIndex(of: UInt8(ascii: "#")) { bytes[index] = 0xE9 }
    let latin = try ParsedLog(bytes)
    #expect(latin.records.first?.texts[5] == "statement: select 'café'")
    #expect(latin.records.first?.isTranscoded == true)
    if let index = bytes.firstIndex(of: 0xE9) { bytes[index] = 0x80 }
    let windows = try ParsedLog(bytes, encoding: .win1252)
    #expect(windows.records.first?.texts[5] == "statement: select 'caf€'")
  }
}
