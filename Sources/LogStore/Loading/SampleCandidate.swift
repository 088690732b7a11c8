internal import LogModel

/// An execution of a batch that may become a row of `query_samples`.
struct SampleCandidate: Equatable {
  var key: FactKey
  var query: Int64
  var time: LogTime
  var durationMicros: Int64?
  /// It has to be the first or one of the slowest, as it is settled and succeeded.
  var competes: Bool
  /// It stands beside the others until the beginning of its session is known.
  var isTentative: Bool
  /// What a sample holds of its text, in the batch's bytes; empty = the batch has it not.
  var text = ByteRange.none
  /// Length of the whole text.
  var textBytes = 0
  /// A row of the store as it was before the batch changed or deleted it: its sample has the text.
  var held: FactKey?
}

extension SampleCandidate {
  /// How many of a query's slowest executions of a day are kept, as `pgtrawl.slow_samples_max()`.
  static let slowMax = 5
  /// How much of a text is kept, in bytes.
  static let textBytesMax = 16 << 10

  /// The executions of `batch` that can be samples, whatever the store has: all that are not settled
  /// or failed, of the others the first and the slowest of each query and day. Rows that the server
  /// refused leave their places to the next.
  static func all(of batch: FactBatch, without refused: Set<FactKey> = []) -> [SampleCandidate] {
    var found: [SampleCandidate] = []
    var texts: [TextKey] = []
    var contest = SampleContest()
    for index in batch.executions.indices where batch.executions[index].queryID != 0 {
      if !refused.isEmpty, refused.contains(batch.executions[index].key) { continue }
      let row = batch.executions[index]
      if row.isSettled, row.sqlstate == nil, !row.isTentative {
        contest.add(index, batch.executions)
      } else {
        found.append(SampleCandidate(batch.executions[index]))
        texts.append(batch.executions[index].text)
      }
    }
    for index in contest.winners {
      found.append(SampleCandidate(batch.executions[index]))
      texts.append(batch.executions[index].text)
    }
    for amendment in batch.amendments where amendment.row.queryID != 0 {
      found.append(SampleCandidate(amendment.row))
      texts.append(amendment.row.text)
    }
    fillTexts(&found, texts, batch)
    return found
  }

  private init(_ row: ExecutionRow) {
    key = row.key
    query = row.queryID
    time = row.executedAt
    durationMicros = row.durationMicros
    competes = row.isSettled && row.sqlstate == nil && !row.isTentative
    isTentative = row.isTentative
  }

  private static func fillTexts(
    _ candidates: inout [SampleCandidate], _ keys: [TextKey], _ batch: FactBatch
  ) {
    var ranges: [TextKey: ByteRange] = [:]
    if batch.keepsStatements {
      let wanted = Set(keys)
      for text in batch.texts where wanted.contains(text.key) { ranges[text.key] = text.range }
    }
    var held: [TextKey: FactKey] = [:]
    for row in batch.retractions { held[row.text] = row.key }
    for amendment in batch.amendments { held[amendment.stored.text] = amendment.stored.key }
    for index in candidates.indices {
      if let range = ranges[keys[index]] {
        candidates[index].text = cut(range, batch.bytes)
        candidates[index].textBytes = range.count
      } else {
        candidates[index].held = held[keys[index]]
      }
    }
  }

  /// At most `textBytesMax` bytes, cut before a UTF-8 sequence rather than within one.
  private static func cut(_ range: ByteRange, _ bytes: [UInt8]) -> ByteRange {
    guard range.count > textBytesMax else { return range }
    var end = Int(range.start) + textBytesMax
    while bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return ByteRange(start: Int(range.start), end: end)
  }
}

/// Of each query and day the first execution and the slowest, by their places in the batch.
///
/// The order is that of the store, and total: which rows win does not depend on how logs are cut.
private struct SampleContest {
  private struct Group: Hashable {
    var query: Int64
    var day: Int64
  }

  private struct Standing {
    var first: Int
    /// Slowest first.
    var slowest: [Int] = []
  }

  private static let microsPerDay: Int64 = 86_400_000_000

  private var places: [Group: Int] = [:]
  private var standings: [Standing] = []

  /// Places of the winners, each once.
  var winners: [Int] {
    standings.flatMap { standing in
      standing.slowest.contains(standing.first)
        ? standing.slowest : standing.slowest + [standing.first]
    }
  }

  mutating func add(_ index: Int, _ rows: [ExecutionRow]) {
    let micros = rows[index].executedAt.microseconds
    let day = micros / Self.microsPerDay - (micros % Self.microsPerDay < 0 ? 1 : 0)
    let group = Group(query: rows[index].queryID, day: day)
    guard let place = places[group] else {
      places[group] = standings.count
      let isTimed = rows[index].durationMicros != nil
      standings.append(Standing(first: index, slowest: isTimed ? [index] : []))
      return
    }
    if Self.isEarlier(rows[index], rows[standings[place].first]) { standings[place].first = index }
    guard let duration = rows[index].durationMicros else { return }
    let slowest = standings[place].slowest
    if slowest.count == SampleCandidate.slowMax, let last = slowest.last,
      !Self.isSlower(duration, rows[index], rows[last])
    {
      return
    }
    let at = slowest.firstIndex { Self.isSlower(duration, rows[index], rows[$0]) }
    standings[place].slowest.insert(index, at: at ?? slowest.count)
    if standings[place].slowest.count > SampleCandidate.slowMax {
      standings[place].slowest.removeLast()
    }
  }

  private static func isSlower(_ duration: Int64, _ a: ExecutionRow, _ b: ExecutionRow) -> Bool {
    let other = b.durationMicros ?? .min
    return duration == other ? isEarlier(a, b) : duration > other
  }

  private static func isEarlier(_ a: ExecutionRow, _ b: ExecutionRow) -> Bool {
    if a.executedAt != b.executedAt { return a.executedAt < b.executedAt }
    // As the store compares them: by their spelling.
    if a.session != b.session { return a.session.description < b.session.description }
    return (a.line, a.key.offset, a.key.file) < (b.line, b.key.offset, b.key.file)
  }
}
