@testable internal import Correlation
internal import FuzzSupport
@testable internal import LogParsing
internal import LogModel
internal import TestSupport

/// Message classifier and correlator. The first byte is a place to cut at; then come records,
/// separated by the byte 31: one byte for what stands around the message, and the message.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 2 else { return 0 }
  let parts = UnsafeBufferPointer(start: start + 1, count: count - 1).split(separator: 31)
  for part in parts where part.count > 1 {
    classifiesWithin(UnsafeBufferPointer(rebasing: part.dropFirst()))
  }
  var lines: [Int: Int] = [:]
  var log: [UInt8] = []
  var ends: [Int] = []
  for part in parts.prefix(40) {
    guard let around = part.first else { continue }
    log += Array(Record.text(around, part.dropFirst(), &lines).utf8)
    ends.append(log.count)
  }
  guard !log.isEmpty else { return 0 }
  cutsDoNotMatter(log, at: Int(start[0]) * 257 % (log.count + 1), ends)
  return 0
}

private func cutsDoNotMatter(_ log: [UInt8], at cut: Int, _ ends: [Int]) {
  do {
    let whole = try TableImage(log, ending: .finished)
    require(whole.total.bytes == Int64(log.count), "bytes: \(readable(log))")
    let records = whole.executions.values.reduce(0) { $0 + Int64($1.records) }
    require(records == whole.total.executionRecords, "records: \(readable(log))")
    require(whole.total.planRecords == Int64(whole.plans.count), "plans: \(readable(log))")
    for restarts in [false, true] {
      let pieces = try TableImage(log, cuts: [cut], restarts: restarts, ending: .finished)
      require(whole == pieces, "cut at \(cut), restarts \(restarts): \(readable(log))")
    }
    let single = try TableImage(log, cuts: ends.dropLast(), restarts: true, ending: .finished)
    require(whole == single, "record by record: \(readable(log))")
  } catch {
    require(false, "\(error): \(readable(log))")
  }
}

/// On memory that ends with the message, where a read behind it is noticed.
private func classifiesWithin(_ message: UnsafeBufferPointer<UInt8>) {
  guard let base = message.baseAddress else { return }
  let answer = MessageClassifier.classify(base, from: 0, end: message.count, isPlainLog: true)
  for range in [answer.name, answer.text] {
    require(range.upperBound <= message.count, "a range outside: \(readable(message))")
  }
  require(answer.durationMicros >= 0, "a negative duration: \(readable(message))")
  let batch = FactBatch(
    file: 1, startOffset: 0, endOffset: Int64(message.count), bytes: [], rawCount: message.count)
  let builder = BatchBuilder(batch: batch, base: base, plans: [])
  var record = LogRecord(
    offset: 0, length: message.count, time: LogTime(microseconds: 0),
    session: SessionID(start: 1, process: 1), line: 1, process: 1, severity: .log,
    sqlstate: .successfulCompletion, kind: .other)
  record.message = ByteRange(start: 0, end: message.count)
  for severity in [Severity.log, .warning, .error] {
    record.severity = severity
    let found = EventClassifier.classify(record, builder)
    require(found.eventClass.utf8CodeUnitCount > 0, "no class: \(readable(message))")
  }
  let text = MessageText(record.message, builder, splits: true)
  require(Int(text.statements) >= text.parts.count, "statements: \(readable(message))")
  for part in text.parts + [text.preparedBody].compactMap({ $0 }) {
    require(part.count > 0 && Int(part.end) <= message.count, "a part outside")
  }
}
