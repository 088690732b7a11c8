import LogModel

/// Turns a framed csvlog record into a `LogRecord`. Column order: log_time, user_name,
/// database_name, process_id, connection_from, session_id, session_line_num, command_tag,
/// session_start_time, virtual_transaction_id, transaction_id, error_severity, sql_state_code,
/// message, detail, hint, internal_query, internal_query_pos, context, query, query_pos, location,
/// application_name (9.0), backend_type (13), leader_pid, query_id (14). More columns are ignored.
struct RecordDecoder {
  static let columnsMin = 22
  /// More lines than any session writes: what is above is no line number, and sums of lines stay numbers.
  static let lineMax: Int64 = 1 << 40

  enum Outcome {
    case record(LogRecord)
    case malformed(reason: String)
    case zone(word: String, meaning: ZoneMeaning)
  }

  /// Texts that had to be rewritten; a range that starts at `rewrittenBase` or above is in here.
  var rewritten: [UInt8] = []
  var rewrittenBase = 0
  var plans: [PlanFacts] = []

  /// Records since it was set to 0 that are in another language than English.
  var translated = 0

  private let encoding: FallbackEncoding
  private var timestamps: TimestampReader

  init(encoding: FallbackEncoding, zones: any ZoneResolving) {
    self.encoding = encoding
    timestamps = TimestampReader(zones: zones)
  }

  /// Decodes the record in `[start, end)`, framed by `framer`.
  mutating func decode(
    _ base: UnsafePointer<UInt8>, start: Int, end: Int, offset: Int64, framer: RecordFramer
  ) -> Outcome {
    let fields = Fields(
      base: base, start: start, separators: framer.separators,
      hasDoubledQuotes: framer.hasDoubledQuotes)
    guard fields.count >= Self.columnsMin else {
      return .malformed(reason: "has \(fields.count) columns, a csvlog record has at least 22")
    }
    let survey = Bytes.survey(base, from: start, end: end)
    guard !survey.nul else { return .malformed(reason: "holds NUL bytes") }
    let transcodes = survey.high && !UTF8Check.isValid(base, from: start, end: end)

    let time: LogTime
    let stamp = fields.raw(0)
    switch timestamps.read(base, from: stamp.lowerBound, end: stamp.upperBound) {
    case .time(let value): time = value
    case .malformed: return .malformed(reason: "its log_time is no time")
    case .zone(let word, let meaning): return .zone(word: word, meaning: meaning)
    }
    let pid = fields.raw(3)
    let id = fields.raw(5)
    let number = fields.raw(6)
    let state = fields.raw(12)
    let word = fields.raw(11)
    guard let process = Bytes.decimal(base, from: pid.lowerBound, end: pid.upperBound),
      process <= Int64(Int32.max)
    else { return .malformed(reason: "its process_id is no number") }
    guard let session = SessionID(fields.buffer(id)) else {
      return .malformed(reason: "its session_id is none")
    }
    guard let line = Bytes.decimal(base, from: number.lowerBound, end: number.upperBound),
      line <= Self.lineMax
    else { return .malformed(reason: "its session_line_num is no number of a line") }
    let transaction = fields.raw(10)
    guard
      Bytes.decimal(base, from: transaction.lowerBound, end: transaction.upperBound) != nil
    else { return .malformed(reason: "its transaction_id is no number") }
    guard let sqlstate = SQLState(fields.buffer(state)) else {
      return .malformed(reason: "its sql_state_code is none")
    }
    guard
      let severity = SeverityWords.read(
        base, from: word.lowerBound, end: word.upperBound, sqlstate: sqlstate)
    else { return .malformed(reason: "it has no error_severity") }

    var record = LogRecord(
      offset: offset, length: end - start, time: time, session: session, line: line,
      process: Int32(process), severity: severity, sqlstate: sqlstate, kind: .other)
    record.isTranscoded = transcodes
    let before = translated
    fill(&record, from: fields)
    if translated == before,
      !SeverityWords.isEnglish(base, from: word.lowerBound, end: word.upperBound)
    {
      translated += 1
    }
    return .record(record)
  }

  private mutating func fill(_ record: inout LogRecord, from fields: Fields) {
    let transcodes = record.isTranscoded
    record.user = text(fields, 1, transcodes)
    record.database = text(fields, 2, transcodes)
    record.client = client(fields, transcodes)
    record.commandTag = text(fields, 7, transcodes)
    record.localTransaction = fields.localTransaction
    record.detail = text(fields, 14, transcodes)
    record.hint = text(fields, 15, transcodes)
    record.internalQuery = text(fields, 16, transcodes)
    record.context = text(fields, 18, transcodes)
    record.statement = text(fields, 19, transcodes)
    record.hasStatement = !fields.raw(19).isEmpty
    record.location = text(fields, 21, transcodes)
    if fields.count > 22 { record.application = text(fields, 22, transcodes) }
    if fields.count > 23 { record.backendType = text(fields, 23, transcodes) }
    if fields.count > 25 { record.nativeQueryID = fields.number(25) ?? 0 }
    record.cursorPosition = Int32(
      truncatingIfNeeded: fields.number(20) ?? fields.number(17) ?? 0)
    record.isWorker = isWorker(record, fields)
    record.message = text(fields, 13, transcodes)
    classify(&record, fields)
  }

  /// A client's process, or one that no client talks to. Up to 12 there is no backend_type.
  private func isWorker(_ record: LogRecord, _ fields: Fields) -> Bool {
    let type = fields.count > 23 ? fields.buffer(fields.inside(23)) : fields.buffer(0..<0)
    guard !type.isEmpty else { return record.user.isEmpty && record.database.isEmpty }
    return !(Self.equal(type, "client backend") || Self.equal(type, "not initialized"))
  }

  private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
    guard let start = bytes.baseAddress, bytes.count == word.utf8CodeUnitCount else { return false }
    return Bytes.starts(start, at: 0, end: bytes.count, with: word)
  }

  /// Classifies the message and reads what its kind has; the message may be in the batch's raw
  /// bytes or in `rewritten`.
  private mutating func classify(_ record: inout LogRecord, _ fields: Fields) {
    let isPlainLog = record.severity == .log && record.sqlstate == .successfulCompletion
    let message = record.message.indices
    let inRewritten = message.lowerBound >= rewrittenBase && !message.isEmpty
    let shift = inRewritten ? rewrittenBase : 0
    // Taken out of self for the time of the call: `rewritten` is read while texts are added.
    var texts: [UInt8] = []
    swap(&texts, &rewritten)
    var facts: [PlanFacts] = []
    swap(&facts, &plans)
    var added: [UInt8] = []
    let addedBase = rewrittenBase + texts.count
    var isTranslated = false
    let from = message.lowerBound - shift
    let end = message.upperBound - shift
    func read(_ base: UnsafePointer<UInt8>) {
      let answer = MessageClassifier.classify(base, from: from, end: end, isPlainLog: isPlainLog)
      record.kind = answer.kind
      record.durationMicros = answer.durationMicros
      record.name = range(answer.name, shift)
      if answer.kind == .plan, !record.hasStatement {
        var (plan, query) = PlanReader.read(
          base, from: answer.text.lowerBound, end: answer.text.upperBound, rewritten: &added,
          rewrittenBase: addedBase)
        plan.body = range(answer.text, shift)
        if let query {
          let isAdded = query.lowerBound >= addedBase && !added.isEmpty
          plan.queryText = range(query, isAdded ? 0 : shift)
          plan.queryTextKey =
            isAdded
            ? added.withUnsafeBufferPointer { TextKey($0) }
            : TextKey(UnsafeBufferPointer(start: base + query.lowerBound, count: query.count))
        }
        record.plan = Int32(facts.count)
        record.textKey = plan.queryTextKey
        facts.append(plan)
        return
      }
      if answer.kind == .other, isPlainLog {
        isTranslated = TranslatedMessage.matches(base, from: from, end: end)
      }
      record.text = range(answer.text, shift)
      if answer.kind != .other, answer.kind != .durationOnly {
        record.textKey = TextKey(
          UnsafeBufferPointer(start: base + answer.text.lowerBound, count: answer.text.count))
      }
    }
    if inRewritten {
      texts.withUnsafeBufferPointer { buffer in
        if let base = buffer.baseAddress { read(base) }
      }
    } else {
      read(fields.base)
    }
    if isTranslated { translated += 1 }
    texts.append(contentsOf: added)
    swap(&texts, &rewritten)
    swap(&facts, &plans)
    if record.hasStatement { record.textKey = key(record.statement, fields) }
  }

  private func range(_ positions: Range<Int>, _ shift: Int) -> ByteRange {
    positions.isEmpty
      ? .none : ByteRange(start: positions.lowerBound + shift, end: positions.upperBound + shift)
  }

  private func key(_ range: ByteRange, _ fields: Fields) -> TextKey {
    let indices = range.indices
    guard indices.lowerBound >= rewrittenBase else {
      return TextKey(
        UnsafeBufferPointer(start: fields.base + indices.lowerBound, count: indices.count))
    }
    return rewritten.withUnsafeBufferPointer {
      TextKey(
        UnsafeBufferPointer(
          rebasing: $0[(indices.lowerBound - rewrittenBase)..<(indices.upperBound - rewrittenBase)])
      )
    }
  }

  /// The column's text: a range of the raw bytes where they are the text, else of `rewritten`.
  private mutating func text(_ fields: Fields, _ column: Int, _ transcodes: Bool) -> ByteRange {
    let inside = fields.inside(column)
    guard !inside.isEmpty else { return .none }
    let quoted =
      fields.hasDoubledQuotes
      && Bytes.find(
        UInt8(ascii: "\""), fields.base, from: inside.lowerBound, end: inside.upperBound)
        < inside.upperBound
    guard quoted || transcodes else {
      return ByteRange(start: inside.lowerBound, end: inside.upperBound)
    }
    let start = rewritten.count
    var at = inside.lowerBound
    while at < inside.upperBound {
      let quote =
        quoted
        ? Bytes.find(UInt8(ascii: "\""), fields.base, from: at, end: inside.upperBound)
        : inside.upperBound
      // one of two quotes goes along
      let stop = min(quote + 1, inside.upperBound)
      if transcodes {
        encoding.append(fields.base, from: at, end: stop, to: &rewritten)
      } else {
        rewritten.append(contentsOf: UnsafeBufferPointer(start: fields.base + at, count: stop - at))
      }
      at = quote + 2
    }
    return ByteRange(start: rewrittenBase + start, end: rewrittenBase + rewritten.count)
  }

  /// `connection_from` without the port: `host:port`, `[local]`, and IPv6 with its many colons.
  private mutating func client(_ fields: Fields, _ transcodes: Bool) -> ByteRange {
    var range = text(fields, 4, transcodes)
    let inside = fields.inside(4)
    var at = inside.upperBound
    while at > inside.lowerBound, fields.base[at - 1] >= 48, fields.base[at - 1] <= 57 { at -= 1 }
    guard at < inside.upperBound, at - 1 > inside.lowerBound,
      fields.base[at - 1] == UInt8(ascii: ":")
    else { return range }
    range.end -= UInt32(inside.upperBound - at + 1)
    return range
  }

  /// The columns of one framed record.
  struct Fields {
    let base: UnsafePointer<UInt8>
    let start: Int
    let separators: [Int]
    let hasDoubledQuotes: Bool

    var count: Int { separators.count }

    /// The bytes between the separators.
    @inline(__always)
    func raw(_ column: Int) -> Range<Int> {
      let from = column == 0 ? start : separators[column &- 1] &+ 1
      return from..<separators[column]
    }

    /// Without the quotes around.
    @inline(__always)
    func inside(_ column: Int) -> Range<Int> {
      let raw = raw(column)
      guard raw.count >= 2, base[raw.lowerBound] == UInt8(ascii: "\"") else { return raw }
      return (raw.lowerBound &+ 1)..<(raw.upperBound &- 1)
    }

    func buffer(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    func number(_ column: Int) -> Int64? {
      let raw = raw(column)
      return Bytes.signedDecimal(base, from: raw.lowerBound, end: raw.upperBound)
    }

    /// The part behind the slash of `3/25`.
    var localTransaction: UInt32 {
      let raw = raw(9)
      let slash = Bytes.find(UInt8(ascii: "/"), base, from: raw.lowerBound, end: raw.upperBound)
      let value = Bytes.decimal(base, from: min(slash + 1, raw.upperBound), end: raw.upperBound)
      return UInt32(truncatingIfNeeded: value ?? 0)
    }
  }
}
