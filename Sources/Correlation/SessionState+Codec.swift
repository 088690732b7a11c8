import LogModel

extension SessionState {
  /// Version of the layout; one that cannot be read is refused, and the session goes on as unknown.
  private static let version: UInt64 = 5
  /// Without the rejected bytes of a file, which came with 4, and what 5 brought: events of ended segments.
  private static let versionMin: UInt64 = 3

  /// The state as bytes. Lines and ends stand beside it in the store.
  func encoded() -> [UInt8] {
    var writer = StateWriter()
    writer.unsigned(Self.version)
    writer.signed(lastStatementLine)
    writer.flag(isBound)
    writer.passage(passage)
    writer.list(open) { $0.execution($1) }
    writer.list(said.map { [$0] } ?? []) { $0.execution($1) }
    writer.list(waiting) { $0.waiting($1) }
    writer.list(pending) { $0.pending($1) }
    writer.list(provisional) { $0.row($1) }
    writer.list(provisionalLinks) { $0.link($1) }
    writer.list(endedEvents) { $0.event($1) }
    return writer.bytes
  }

  /// Reads what `encoded()` wrote.
  init(_ snapshot: SessionSnapshot) throws(StateDecodingError) {
    let session = snapshot.session
    self.init(
      session: session, firstLine: snapshot.firstLine, firstFile: snapshot.firstFile,
      time: snapshot.lastTime)
    lastLine = snapshot.lastLine
    missingLines = snapshot.missingLines
    storedLastLine = snapshot.storedLastLine
    isClosed = snapshot.isClosed
    ends = snapshot.ends
    storedEnds = snapshot.storedEnds
    let recording = try snapshot.head.map { (stored) throws(StateDecodingError) in
      try SegmentRecording(stored, session)
    }
    isLeftUnknown = recording != nil
    isHeadNew = false
    headTexts = recording?.texts ?? []
    // What is complete stays in the store.
    head = recording.flatMap { $0.isComplete ? nil : $0 }
    var reader = StateReader(snapshot.state)
    let version = try reader.unsigned()
    guard (Self.versionMin...Self.version).contains(version) else {
      throw StateDecodingError(offset: 0)
    }
    lastStatementLine = try reader.signed()
    isBound = try reader.flag()
    passage = try reader.passage(hasRejectedBytes: version > Self.versionMin)
    open = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.execution(session)
    }
    said = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.execution(session)
    }.first
    waiting = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.waiting()
    }
    pending = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.pending()
    }
    provisional = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.storedRow()
    }
    provisionalLinks = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.link()
    }
    if version >= 5 {
      endedEvents = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
        try r.event()
      }
    }
    guard reader.isAtEnd else { throw StateDecodingError(offset: reader.at) }
  }

  /// Every text that the state refers to, each once.
  var texts: [TextKey] {
    var keys: [TextKey] = []
    var seen: Set<TextKey> = [.none]
    func note(_ key: TextKey) {
      if seen.insert(key).inserted { keys.append(key) }
    }
    for item in open + (said.map { [$0] } ?? []) {
      note(item.row.text)
      for part in item.parts { note(part) }
      for plan in item.plans { note(plan.text) }
    }
    for item in waiting { note(item.plan.text) }
    for item in pending { note(item.text) }
    for item in provisional { note(item.key.text) }
    return keys
  }
}

extension StateWriter {
  mutating func key(_ key: FactKey) {
    signed(key.file)
    signed(key.offset)
  }

  mutating func row(_ stored: StoredRow) {
    key(stored.anchor)
    key(stored.key.key)
    unsigned(stored.key.text.hash)
    signed(stored.key.executedAt.microseconds)
    flag(stored.key.isSettled)
    unsigned(stored.digest)
  }

  mutating func link(_ link: StoredLink) {
    key(link.plan)
    key(link.execution)
  }

  mutating func event(_ event: EventKey) {
    key(event.key)
    signed(event.occurredAt.microseconds)
  }

  fileprivate mutating func passage(_ passage: FilePassage) {
    signed(passage.file)
    flag(passage.isSettled)
    signed(Int64(passage.records))
    unsigned(UInt64(passage.transaction))
    unsigned(passage.message.hash)
    flag(passage.reportsOutlier)
    signed(passage.rejectedBytes)
  }

  fileprivate mutating func plan(_ plan: PlanReference) {
    key(plan.key)
    signed(plan.line)
    unsigned(plan.text.hash)
    signed(plan.executedAt.microseconds)
  }

  fileprivate mutating func row(_ row: ExecutionRow) {
    key(row.key)
    unsigned(row.text.hash)
    signed(row.executedAt.microseconds)
    unsigned(UInt64(row.kind.rawValue))
    flag(row.isExtended)
    flag(row.isTranscoded)
    signed(Int64(row.statements))
    signed(Int64(row.records))
    for value in [
      row.durationMicros, row.parseMicros, row.bindMicros, row.executeMicros, row.planMicros,
      row.rowsReturned, row.rowsAffected,
    ] { optional(value) }
    signed(row.line)
    signed(Int64(row.process))
    signed(row.nativeQueryID)
    signed(row.context)
  }

  fileprivate mutating func execution(_ item: OpenExecution) {
    key(item.anchor)
    row(item.row)
    list(item.plans) { $0.plan($1) }
    unsigned(item.message.hash)
    unsigned(item.name)
    flag(item.isUnnamedPortal)
    unsigned(UInt64(item.transaction))
    flag(item.takesPlan)
    flag(item.isDeclare)
    flag(item.isUnknown)
    unsigned(item.tag.hash)
    unsigned(UInt64(item.saidKind.rawValue))
    unsigned(item.prepared.hash)
    flag(item.runsPrepared)
    flag(item.isPrepare)
    list(item.parts) { $0.unsigned($1.hash) }
  }

  fileprivate mutating func waiting(_ item: WaitingPlan) {
    plan(item.plan)
    unsigned(item.message.hash)
    signed(item.micros)
    signed(item.nativeQueryID)
    unsigned(UInt64(item.transaction))
    signed(Int64(item.process))
    signed(item.context)
    flag(item.ran)
    flag(item.isTranscoded)
    flag(item.isPrepare)
    signed(Int64(item.statements))
    unsigned(item.tag.hash)
    optional(item.rowsReturned)
    optional(item.rowsAffected)
  }

  fileprivate mutating func pending(_ item: PendingStep) {
    flag(item.isBind)
    key(item.key)
    signed(item.line)
    signed(item.length)
    signed(item.time.microseconds)
    signed(item.micros)
    unsigned(item.text.hash)
    unsigned(item.name)
    signed(item.nativeQueryID)
    signed(Int64(item.process))
    signed(item.context)
  }
}

extension StateReader {
  mutating func key() throws(StateDecodingError) -> FactKey {
    FactKey(file: try signed(), offset: try signed())
  }

  mutating func text() throws(StateDecodingError) -> TextKey {
    TextKey(hash: try unsigned())
  }

  mutating func time() throws(StateDecodingError) -> LogTime {
    LogTime(microseconds: try signed())
  }

  mutating func small<Value: FixedWidthInteger>(
    _ type: Value.Type
  ) throws(StateDecodingError) -> Value {
    guard let value = Value(exactly: try signed()) else { throw StateDecodingError(offset: at) }
    return value
  }

  mutating func transaction() throws(StateDecodingError) -> UInt32 {
    UInt32(truncatingIfNeeded: try unsigned())
  }

  mutating func storedRow() throws(StateDecodingError) -> StoredRow {
    StoredRow(
      anchor: try key(),
      key: ProvisionalKey(
        key: try key(), text: try text(), executedAt: try time(), isSettled: try flag()),
      digest: try unsigned())
  }

  mutating func link() throws(StateDecodingError) -> StoredLink {
    StoredLink(plan: try key(), execution: try key())
  }

  mutating func event() throws(StateDecodingError) -> EventKey {
    EventKey(key: try key(), occurredAt: try time())
  }

  fileprivate mutating func passage(
    hasRejectedBytes: Bool
  ) throws(StateDecodingError) -> FilePassage {
    var passage = FilePassage(file: try signed(), isSettled: try flag())
    passage.records = try small(Int.self)
    passage.transaction = try transaction()
    passage.message = try text()
    passage.reportsOutlier = try flag()
    if hasRejectedBytes { passage.rejectedBytes = try signed() }
    return passage
  }

  fileprivate mutating func plan() throws(StateDecodingError) -> PlanReference {
    PlanReference(key: try key(), line: try signed(), text: try text(), executedAt: try time())
  }

  fileprivate mutating func row(
    _ session: SessionID
  ) throws(StateDecodingError) -> ExecutionRow {
    let key = try key()
    let text = try text()
    let time = try time()
    guard let kind = ExecutionKind(rawValue: UInt8(truncatingIfNeeded: try unsigned())) else {
      throw StateDecodingError(offset: at)
    }
    var row = ExecutionRow(
      key: key, text: text, executedAt: time, kind: kind, isExtended: try flag(),
      session: session, line: 0, process: 0)
    row.isTranscoded = try flag()
    row.statements = try small(Int32.self)
    row.records = try small(Int32.self)
    row.durationMicros = try optional()
    row.parseMicros = try optional()
    row.bindMicros = try optional()
    row.executeMicros = try optional()
    row.planMicros = try optional()
    row.rowsReturned = try optional()
    row.rowsAffected = try optional()
    row.line = try signed()
    row.process = try small(Int32.self)
    row.nativeQueryID = try signed()
    row.context = try signed()
    return row
  }

  fileprivate mutating func execution(
    _ session: SessionID
  ) throws(StateDecodingError) -> OpenExecution {
    let anchor = try key()
    let row = try row(session)
    let plans = try list { (r: inout StateReader) throws(StateDecodingError) in try r.plan() }
    var item = OpenExecution(anchor: anchor, row: row, plans: plans, message: try text())
    item.name = try unsigned()
    item.isUnnamedPortal = try flag()
    item.transaction = try transaction()
    item.takesPlan = try flag()
    item.isDeclare = try flag()
    item.isUnknown = try flag()
    item.tag = CommandTag(hash: try unsigned())
    guard let said = MessageKind(rawValue: UInt8(truncatingIfNeeded: try unsigned())) else {
      throw StateDecodingError(offset: at)
    }
    item.saidKind = said
    item.prepared = try text()
    item.runsPrepared = try flag()
    item.isPrepare = try flag()
    item.parts = try list { (r: inout StateReader) throws(StateDecodingError) in try r.text() }
    return item
  }

  fileprivate mutating func waiting() throws(StateDecodingError) -> WaitingPlan {
    WaitingPlan(
      plan: try plan(), message: try text(), micros: try signed(), nativeQueryID: try signed(),
      transaction: try transaction(), process: try small(Int32.self), context: try signed(),
      ran: try flag(), isTranscoded: try flag(), isPrepare: try flag(),
      statements: try small(Int32.self), tag: CommandTag(hash: try unsigned()),
      rowsReturned: try optional(), rowsAffected: try optional())
  }

  fileprivate mutating func pending() throws(StateDecodingError) -> PendingStep {
    PendingStep(
      isBind: try flag(), key: try key(), line: try signed(), length: try signed(),
      time: try time(), micros: try signed(), text: try text(), name: try unsigned(),
      nativeQueryID: try signed(), process: try small(Int32.self), context: try signed())
  }
}
