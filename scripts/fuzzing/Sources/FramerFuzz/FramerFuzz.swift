internal import FuzzSupport
@testable internal import LogParsing
internal import TestSupport

/// CSV framer: the first four bytes are two places to cut at, the rest is a log.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 4 else { return 0 }
  let bytes = UnsafeBufferPointer(start: start + 4, count: count - 4)
  framesWithin(bytes)
  let log = Array(bytes)
  let places = [Int(start[0]) << 8 | Int(start[1]), Int(start[2]) << 8 | Int(start[3])]
  let cuts = places.map { $0 % (log.count + 1) }.sorted()
  for ending in [CSVLogParser.Ending.pending, .finished] {
    let whole = Outcome(log, [], ending)
    let pieces = Outcome(log, cuts, ending)
    require(whole == pieces, "cut at \(cuts): \(readable(log))")
    guard let parsed = whole.log else { continue }
    require(parsed.tiles(log.count), "bytes without a record or reject: \(readable(log))")
    require(ending == .pending || parsed.pendingBytes == 0, "a finished file has an open end")
  }
  return 0
}

/// What a log is read as, or why it can't be.
private struct Outcome: Equatable {
  var log: ParsedLog?
  var failure = ""

  init(_ bytes: [UInt8], _ cuts: [Int], _ ending: CSVLogParser.Ending) {
    do {
      log = try ParsedLog(bytes, cuts: cuts, ending: ending)
    } catch {
      failure = "\(error)"
    }
  }
}

/// On memory that ends with the log, where a read behind it is noticed.
private func framesWithin(_ bytes: UnsafeBufferPointer<UInt8>) {
  guard let base = bytes.baseAddress else { return }
  var framer = RecordFramer()
  var at = 0
  while at < bytes.count {
    _ = RecordStart.matches(base, at: at, end: bytes.count)
    if case .record(let end) = framer.frame(base, start: at, end: bytes.count) {
      require(end > at && end <= bytes.count && base[end - 1] == 0x0A, "a record's end")
      require(
        framer.separators.allSatisfy { $0 >= at && $0 < end }
          && framer.separators == framer.separators.sorted(), "separators outside")
      _ = RecordFramer.hasTooManyLookalikes(base, start: at, end: end)
    }
    let next = RecordFramer.nextStart(base, after: at, end: bytes.count)
    require(next.start.map { $0 > at && $0 < bytes.count } ?? true, "a start outside")
    at = next.start ?? bytes.count
  }
}
