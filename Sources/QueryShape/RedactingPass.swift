internal import LogModel
internal import SQLText

/// Takes every value out of the texts of one batch. In doubt a text goes as a whole.
enum RedactingPass {
  private static let nothing = [UInt8(ascii: "?")]

  static func run(_ batch: inout FactBatch, _ texts: inout RewrittenTexts) {
    let clients = Set(batch.contexts.filter { !$0.user.isEmpty }.map(\.id))
    var messages: [ByteRange: ByteRange] = [:]
    for index in batch.events.indices {
      let message = batch.events[index].message
      let isClient = clients.contains(batch.events[index].context)
      redact(&batch.events[index], isClient: isClient, &texts)
      if !message.isEmpty { messages[message] = batch.events[index].message }
    }
    for index in batch.executions.indices {
      redact(&batch.executions[index], messages, &texts)
    }
    for index in batch.amendments.indices {
      redact(&batch.amendments[index].row, messages, &texts)
    }
    for index in batch.plans.indices {
      let format = batch.plans[index].facts.format
      texts.replace(&batch.plans[index].facts.body) { LiteralRedactor.redactPlan($0, format) }
    }
    ScrubbingPass.scrubContexts(&batch, &texts)
  }

  private static func redact(
    _ row: inout ExecutionRow, _ messages: [ByteRange: ByteRange], _ texts: inout RewrittenTexts
  ) {
    row.parameters = .none
    guard !row.error.isEmpty else { return }
    if let message = messages[row.error] {
      row.error = message
    } else {
      let isOwn = row.sqlstate.map { isPostgresOwn($0) } ?? false
      texts.replace(&row.error) { isOwn ? message($0) : nothing }
    }
  }

  private static func redact(
    _ event: inout EventRow, isClient: Bool, _ texts: inout RewrittenTexts
  ) {
    let isKept = isPostgresOwn(event, isClient: isClient, texts[event.contextText])
    if !isClient, !event.severity.isFailure, serverClasses.contains("\(event.eventClass)") {
      texts.replace(&event.message) { CredentialScrubber.scrub($0) }
    } else {
      texts.replace(&event.message) { isKept ? message($0) : nothing }
    }
    // What does not parse as XML is quoted there as it is.
    let isDocument = xmlStates.contains(event.sqlstate)
    texts.replace(&event.detail) {
      isKept && !isDocument ? scrubbed(LiteralRedactor.redactDetail($0)) : nothing
    }
    texts.replace(&event.hint) { isKept ? message($0) : nothing }
    texts.replace(&event.contextText) { scrubbed(LiteralRedactor.redactContext($0)) }
  }

  private static func message(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    scrubbed(LiteralRedactor.redactMessage(text))
  }

  private static func scrubbed(_ redacted: [UInt8]) -> [UInt8] {
    redacted.withUnsafeBufferPointer { CredentialScrubber.scrub($0) } ?? redacted
  }

  // MARK: - Whose words a message is

  /// Whether the message is one of PostgreSQL's own, whose values stand in quotes: not what a
  /// function raised, a procedural language reported or a client made the server say.
  private static func isPostgresOwn(
    _ event: EventRow, isClient: Bool, _ context: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard isPostgresOwn(event.sqlstate) else { return false }
    for word: StaticString in ["RAISE", "ASSERT", "PL/Perl", "PL/Python", "PL/Tcl", "PL/R", "plv8"]
    where contains(context, word) {
      return false
    }
    // RAISE LOG writes what it likes; without CONTEXT only the class tells.
    let isPlain = event.sqlstate == .successfulCompletion || event.sqlstate == warning
    guard isClient, isPlain, !event.severity.isFailure else { return true }
    return clientClasses.contains("\(event.eventClass)")
  }

  // Classes of records that PostgreSQL itself writes for a client without a SQLSTATE.
  private static let clientClasses: Set<String> = [
    "connection", "disconnection", "temporary_file", "lock_wait", "lock_acquired", "deadlock",
    "parameter_changed", "replication",
  ]

  // What the server says of itself: figures and settings, no value of a client.
  private static let serverClasses: Set<String> = [
    "autovacuum", "checkpoint", "connection", "parameter_changed", "server",
  ]

  private static let warning = SQLState("01000")
  private static let xmlStates: Set<SQLState> = [
    SQLState("2200L"), SQLState("2200M"), SQLState("2200N"), SQLState("2200S"), SQLState("2200T"),
  ]

  /// Not P0001, P0004, those of external routines, and none that only a user can have made up.
  private static func isPostgresOwn(_ state: SQLState) -> Bool {
    if state == SQLState("P0002") || state == SQLState("P0003") { return true }
    return classes.contains(state.classCode)
  }

  private static let classes = Set(
    [
      SQLState("00000"), SQLState("01000"), SQLState("02000"), SQLState("03000"),
      SQLState("08000"), SQLState("09000"), SQLState("0A000"), SQLState("0B000"),
      SQLState("0F000"), SQLState("0L000"), SQLState("0P000"), SQLState("0Z000"),
      SQLState("20000"), SQLState("21000"), SQLState("22000"), SQLState("23000"),
      SQLState("24000"), SQLState("25000"), SQLState("26000"), SQLState("27000"),
      SQLState("28000"), SQLState("2B000"), SQLState("2D000"), SQLState("2F000"),
      SQLState("34000"), SQLState("3B000"), SQLState("3D000"), SQLState("3F000"),
      SQLState("40000"), SQLState("42000"), SQLState("44000"), SQLState("53000"),
      SQLState("54000"), SQLState("55000"), SQLState("57000"), SQLState("58000"),
      SQLState("72000"), SQLState("F0000"), SQLState("HV000"), SQLState("XX000"),
    ].map(\.classCode))

  private static func contains(
    _ text: UnsafeBufferPointer<UInt8>, _ word: StaticString
  ) -> Bool {
    let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    var at = 0
    while at + word.count <= text.count {
      if text[at..<at + word.count].elementsEqual(word) { return true }
      at += 1
    }
    return false
  }
}
