internal import LogModel

/// Encodes the rows of a batch for COPY, in the order of the batch.
struct FactEncoder {
  /// The batch's bytes, which all ranges point into; valid during `withBytes` only.
  private let bytes: UnsafeRawBufferPointer
  private let source: Int32

  /// Runs `body` with an encoder over the bytes of `batch`, whose file is of `source`.
  static func withBytes<Value>(
    of batch: FactBatch, source: Int32, _ body: (FactEncoder) -> Value
  ) -> Value {
    batch.bytes.withUnsafeBytes { body(FactEncoder(bytes: $0, source: source)) }
  }

  // MARK: executions

  /// Columns in the order of `executions`.
  static let executionCopy = """
    COPY pgtrawl.query_executions (query_id, executed_at, log_file_id, log_offset, session_line, \
    native_query_id, context_id, duration_ms, parse_ms, bind_ms, execute_ms, plan_ms, \
    rows_returned, rows_affected, source_id, process_id, statements, records, nesting, settled, \
    transcoded, kind, protocol, session_id, sqlstate, error, parameters, tags) \
    FROM STDIN (FORMAT binary)
    """

  /// The rows of `query_executions`.
  func executions(_ rows: [ExecutionRow]) -> RowBuffer {
    var buffer = RowBuffer(rows: rows.count, bytesPerRow: 320)
    var scratch: [ParameterList.Value] = []
    for row in rows {
      let texts = RowBuffer.inside(row.error.count) + row.tags.count
      let bound = 404 + texts + RowWriter.parametersBytesMax(row.parameters.count)
      buffer.append(columns: 28, bytesMax: bound) { writer in
        execution(row, &writer, &scratch)
      }
    }
    return buffer
  }

  @inline(__always)
  private func execution(
    _ row: ExecutionRow, _ writer: inout RowWriter, _ scratch: inout [ParameterList.Value]
  ) {
    writer.int(row.queryID)
    writer.time(row.executedAt)
    writer.int(row.key.file)
    writer.int(row.key.offset)
    writer.int(row.line)
    writer.int(row.nativeQueryID)
    writer.int(row.context)
    writer.milliseconds(row.durationMicros)
    writer.milliseconds(row.parseMicros)
    writer.milliseconds(row.bindMicros)
    writer.milliseconds(row.executeMicros)
    writer.milliseconds(row.planMicros)
    writer.int(orNull: row.rowsReturned)
    writer.int(orNull: row.rowsAffected)
    writer.int(source)
    writer.int(row.process)
    writer.int(row.statements)
    writer.int(row.records)
    writer.int(row.nesting)
    writer.bool(row.isSettled)
    writer.bool(row.isTranscoded)
    writer.text(row.kind.tableWord)
    writer.text(row.isExtended ? "extended" : "simple")
    writer.session(row.session)
    if let state = row.sqlstate { writer.sqlstate(state) } else { writer.null() }
    writer.text(orNull: row.error.indices, of: bytes)
    writer.parameters(text(row.parameters), scratch: &scratch)
    if row.tags.isEmpty { writer.null() } else { writer.jsonb(slice(row.tags)) }
  }

  // MARK: plans

  /// Columns in the order of `plans`.
  static let planCopy = """
    COPY pgtrawl.query_plans (query_id, executed_at, log_file_id, log_offset, session_line, \
    native_query_id, shape, plan_ms, source_id, nodes, nesting, ran, transcoded, format, \
    session_id, unfit_reason, plan, plan_text) FROM STDIN (FORMAT binary)
    """

  /// The rows of `query_plans`.
  func plans(_ rows: [PlanRow]) -> RowBuffer {
    var buffer = RowBuffer(rows: rows.count, bytesPerRow: 2048)
    for row in rows {
      buffer.append(columns: 18, bytesMax: 320 + RowBuffer.inside(row.facts.body.count)) { writer in
        plan(row, &writer)
      }
    }
    return buffer
  }

  private func plan(_ row: PlanRow, _ writer: inout RowWriter) {
    writer.int(row.queryID)
    writer.time(row.executedAt)
    writer.int(row.key.file)
    writer.int(row.key.offset)
    writer.int(row.line)
    writer.int(row.nativeQueryID)
    writer.int(row.facts.shape)
    writer.milliseconds(row.planMicros)
    writer.int(source)
    writer.int(Int32(truncatingIfNeeded: row.facts.nodes))
    writer.int(row.nesting)
    writer.bool(row.ran)
    writer.bool(row.isTranscoded)
    writer.text(row.facts.format.tableWord)
    writer.session(row.session)
    if row.facts.fitsJSONB {
      writer.null()
      writer.jsonb(row.facts.body.indices, of: bytes)
      writer.null()
    } else {
      let reason = row.facts.unfitReason
      if reason.utf8CodeUnitCount == 0 { writer.null() } else { writer.text(reason) }
      writer.null()
      writer.text(row.facts.body.indices, of: bytes)
    }
  }

  // MARK: events

  /// Columns in the order of `events`.
  static let eventCopy = """
    COPY pgtrawl.log_events (query_id, occurred_at, log_file_id, log_offset, session_line, \
    context_id, source_id, process_id, records, cursor_position, transcoded, event_class, \
    severity, sqlstate, session_id, message, detail, hint, context, location, fields) \
    FROM STDIN (FORMAT binary)
    """

  /// The rows of `log_events`.
  func events(_ rows: [EventRow]) -> RowBuffer {
    var buffer = RowBuffer(rows: rows.count, bytesPerRow: 512)
    for row in rows {
      let texts = [row.message, row.detail, row.hint, row.contextText, row.location]
        .reduce(0) { $0 + RowBuffer.inside($1.count) }
      let fields = row.fields.reduce(2) { $0 + $1.name.utf8CodeUnitCount + 26 }
      let bound = 320 + texts + row.eventClass.utf8CodeUnitCount + fields
      buffer.append(columns: 21, bytesMax: bound) { writer in
        event(row, &writer)
      }
    }
    return buffer
  }

  private func event(_ row: EventRow, _ writer: inout RowWriter) {
    writer.int(row.queryID)
    writer.time(row.occurredAt)
    writer.int(row.key.file)
    writer.int(row.key.offset)
    writer.int(row.line)
    writer.int(row.context)
    writer.int(source)
    writer.int(row.process)
    writer.int(row.records)
    if row.cursorPosition == 0 { writer.null() } else { writer.int(row.cursorPosition) }
    writer.bool(row.isTranscoded)
    writer.text(row.eventClass)
    writer.text(row.severity.tableWord)
    writer.sqlstate(row.sqlstate)
    writer.session(row.session)
    for range in [row.message, row.detail, row.hint, row.contextText, row.location] {
      writer.text(orNull: range.indices, of: bytes)
    }
    fields(row.fields, &writer)
  }

  /// A jsonb object of figures; their names are words of the program and need no escapes.
  private func fields(
    _ fields: [(name: StaticString, value: Int64)], _ writer: inout RowWriter
  ) {
    guard !fields.isEmpty else { return writer.null() }
    var text = "{"
    for (name, value) in fields {
      text += text.utf8.count == 1 ? "\"" : ",\""
      text += "\(name)\":\(value)"
    }
    text += "}"
    let document = Array(text.utf8)
    document.withUnsafeBytes { writer.jsonb($0) }
  }

  // MARK: links

  /// Columns in the order of `links`.
  static let linkCopy = """
    COPY pgtrawl.plan_links (log_file_id, log_offset, execution_log_file_id, \
    execution_log_offset, plan_line, execution_line, source_id, session_id) \
    FROM STDIN (FORMAT binary)
    """

  /// The rows of `plan_links`.
  func links(_ rows: [LinkRow]) -> RowBuffer {
    var buffer = RowBuffer(rows: rows.count, bytesPerRow: 112)
    for row in rows {
      buffer.append(columns: 8, bytesMax: 84 + RowWriter.sessionBytesMax) { writer in
        writer.int(row.plan.file)
        writer.int(row.plan.offset)
        writer.int(row.execution.file)
        writer.int(row.execution.offset)
        writer.int(row.planLine)
        writer.int(row.executionLine)
        writer.int(source)
        writer.session(row.session)
      }
    }
    return buffer
  }

  // MARK: ranges

  @inline(__always)
  private func slice(_ range: ByteRange) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range.indices])
  }

  @inline(__always)
  private func text(_ range: ByteRange) -> UnsafeBufferPointer<UInt8> {
    slice(range).bindMemory(to: UInt8.self)
  }
}

extension ExecutionKind {
  /// `word` without making a String.
  fileprivate var tableWord: StaticString {
    switch self {
    case .statement: "statement"
    case .execute: "execute"
    case .prepare: "prepare"
    case .fetch: "fetch"
    case .fastpath: "fastpath"
    case .planOnly: "plan_only"
    case .said: "said"
    }
  }
}

extension PlanFormat {
  fileprivate var tableWord: StaticString {
    switch self {
    case .json: "json"
    case .text: "text"
    case .xml: "xml"
    case .yaml: "yaml"
    }
  }
}

extension Severity {
  fileprivate var tableWord: StaticString {
    switch self {
    case .debug: "DEBUG"
    case .info: "INFO"
    case .notice: "NOTICE"
    case .warning: "WARNING"
    case .log: "LOG"
    case .error: "ERROR"
    case .fatal: "FATAL"
    case .panic: "PANIC"
    }
  }
}
