import LogModel

extension SegmentRecording {
  /// Version of the layout; another one is refused.
  private static let version: UInt64 = 1

  /// The recording as bytes.
  func encoded() -> [UInt8] {
    var writer = StateWriter()
    writer.unsigned(Self.version)
    writer.flag(isComplete)
    writer.flag(isClosing)
    writer.list(records) { $0.observation($1) }
    writer.list(rows) { $0.row($1) }
    writer.list(links) { $0.link($1) }
    writer.list(events) { $0.event($1) }
    writer.list(dispositions.sorted { $0.key < $1.key }) {
      $0.signed($1.key)
      for figure in $1.value.figures { $0.signed(figure) }
    }
    return writer.bytes
  }

  /// Reads what `encoded()` wrote.
  init(_ bytes: [UInt8], _ session: SessionID) throws(StateDecodingError) {
    var reader = StateReader(bytes)
    guard try reader.unsigned() == Self.version else { throw StateDecodingError(offset: 0) }
    isComplete = try reader.flag()
    isClosing = try reader.flag()
    records = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.observation()
    }
    rows = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      try r.storedRow()
    }
    links = try reader.list { (r: inout StateReader) throws(StateDecodingError) in try r.link() }
    events = try reader.list { (r: inout StateReader) throws(StateDecodingError) in try r.event() }
    let counts = try reader.list { (r: inout StateReader) throws(StateDecodingError) in
      (file: try r.signed(), counts: Dispositions(figures: try r.figures()))
    }
    for item in counts { dispositions[item.file] = item.counts }
    guard reader.isAtEnd else { throw StateDecodingError(offset: reader.at) }
  }
}

extension Dispositions {
  /// The figures that parse and bind records are counted with.
  fileprivate var figures: [Int64] {
    [executionRecords, executionBytes, eventRecords, eventBytes, openRecords, openBytes]
  }

  fileprivate init(figures: [Int64]) {
    self.init()
    executionRecords = figures[0]
    executionBytes = figures[1]
    eventRecords = figures[2]
    eventBytes = figures[3]
    openRecords = figures[4]
    openBytes = figures[5]
  }
}

extension StateWriter {
  fileprivate mutating func observation(_ record: Observation) {
    unsigned(UInt64(record.role.rawValue))
    unsigned(UInt64(record.traits.rawValue))
    unsigned(UInt64(record.kind.rawValue))
    key(record.key)
    signed(record.length)
    signed(record.line)
    signed(record.time.microseconds)
    signed(Int64(record.process))
    signed(record.context)
    unsigned(UInt64(record.transaction))
    signed(record.nativeQueryID)
    unsigned(record.tag.hash)
    unsigned(record.textTag.hash)
    signed(record.planQueryID)
    signed(record.micros)
    unsigned(record.message.hash)
    unsigned(record.identity.hash)
    unsigned(record.prepared.hash)
    unsigned(record.name)
    signed(Int64(record.statements))
    list(record.parts) { $0.unsigned($1.hash) }
    optional(record.rowsReturned)
    optional(record.rowsAffected)
    unsigned(record.sqlstate.map { $0.packed + 1 } ?? 0)
  }
}

extension StateReader {
  fileprivate mutating func figures() throws(StateDecodingError) -> [Int64] {
    var figures: [Int64] = []
    for _ in 0..<6 { figures.append(try signed()) }
    return figures
  }

  fileprivate mutating func observation() throws(StateDecodingError) -> Observation {
    guard let role = Observation.Role(rawValue: UInt8(truncatingIfNeeded: try unsigned())) else {
      throw StateDecodingError(offset: at)
    }
    let traits = Observation.Traits(rawValue: UInt16(truncatingIfNeeded: try unsigned()))
    guard let kind = MessageKind(rawValue: UInt8(truncatingIfNeeded: try unsigned())) else {
      throw StateDecodingError(offset: at)
    }
    var record = Observation(
      role: role, traits: traits, kind: kind, key: try key(), length: try signed(),
      line: try signed(), time: try time(), process: try small(Int32.self), context: try signed(),
      transaction: try transaction(), nativeQueryID: try signed())
    record.tag = CommandTag(hash: try unsigned())
    record.textTag = CommandTag(hash: try unsigned())
    record.planQueryID = try signed()
    record.micros = try signed()
    record.message = try text()
    record.identity = try text()
    record.prepared = try text()
    record.name = try unsigned()
    record.statements = try small(Int32.self)
    record.parts = try list { (r: inout StateReader) throws(StateDecodingError) in try r.text() }
    record.rowsReturned = try optional()
    record.rowsAffected = try optional()
    let state = try unsigned()
    record.sqlstate = state == 0 ? nil : SQLState(packed: state - 1)
    return record
  }
}
