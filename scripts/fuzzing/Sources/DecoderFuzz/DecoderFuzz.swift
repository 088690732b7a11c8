internal import FuzzSupport
@testable internal import LogParsing
internal import LogModel
internal import TestSupport

/// Field decoder: the input is one byte for the number of columns and texts for the columns,
/// separated by the byte 31. They are written as the server writes them and have to come back.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 1 else { return 0 }
  let texts = UnsafeBufferPointer(start: start + 1, count: count - 1)
    .split(separator: 31, omittingEmptySubsequences: false).map { Array($0) }
  let columns = [22, 23, 24, 26, 27][Int(start[0]) % 5]
  let record = WrittenRecord(texts, columns: columns)
  let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: record.bytes.count)
  defer { memory.deallocate() }
  _ = memory.initialize(from: record.bytes)
  guard let base = memory.baseAddress else { return 0 }

  var framer = RecordFramer()
  require(
    framer.frame(base, start: 0, end: memory.count) == .record(end: memory.count),
    "no record: \(readable(record.bytes))")
  require(framer.separators.count == columns, "columns: \(readable(record.bytes))")
  var decoder = RecordDecoder(encoding: .latin1, zones: FixedZones())
  decoder.rewrittenBase = memory.count
  let outcome = decoder.decode(base, start: 0, end: memory.count, offset: 0, framer: framer)
  switch outcome {
  case .record(let decoded):
    let all = record.bytes + decoder.rewritten
    compare(decoded, record, all)
    for plan in decoder.plans {
      require(Int(plan.queryText.end) <= all.count && Int(plan.body.end) <= all.count, "a plan")
    }
  case .malformed:
    require(record.bytes.contains(0), "malformed: \(readable(record.bytes))")
  case .zone: require(false, "a zone: \(readable(record.bytes))")
  }
  return 0
}

private func compare(_ decoded: LogRecord, _ record: WrittenRecord, _ all: [UInt8]) {
  let pairs: [(Int, ByteRange)] = [
    (1, decoded.user), (2, decoded.database), (7, decoded.commandTag), (13, decoded.message),
    (14, decoded.detail), (15, decoded.hint), (16, decoded.internalQuery), (18, decoded.context),
    (19, decoded.statement), (21, decoded.location), (22, decoded.application),
    (23, decoded.backendType),
  ]
  require(!record.bytes.contains(0), "a NUL byte came through")
  for (column, range) in pairs where column < record.columns {
    require(Int(range.end) <= all.count, "column \(column) stands outside")
    let text = Array(all[range.indices])
    require(
      text == record.expected(column),
      "column \(column): \(readable(text)), not \(readable(record.expected(column)))")
  }
  for range in [decoded.client, decoded.name, decoded.text] {
    require(Int(range.end) <= all.count && range.start <= range.end, "a text stands outside")
  }
  require(decoded.hasStatement == record.texts.keys.contains(19), "hasStatement")
  require(decoded.isTranscoded == record.isTranscoded, "isTranscoded")
}
