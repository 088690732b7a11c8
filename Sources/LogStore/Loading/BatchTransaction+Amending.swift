internal import LogModel
internal import Postgres

extension BatchTransaction {
  /// Gives stored rows their new state. A row that is not there any more, as after retention or
  /// a refusal, is left out.
  mutating func amendExecutions() async throws(PostgresError) {
    let amendments = batch.amendments
    guard !amendments.isEmpty else { return }
    var found: Set<FactKey> = []
    guard isIsolating else {
      try await amend(amendments, &found)
      return try await finishAmending(amendments, found)
    }
    var parts = [0..<amendments.count]
    while let part = parts.popLast() {
      var foundHere: Set<FactKey> = []
      var chosen = Array(amendments[part])
      let refusal = try await refusal { (_) async throws(PostgresError) in
        try await amend(chosen, &foundHere)
      }
      if refusal == nil {
        found.formUnion(foundHere)
      } else if part.count > 1 {
        let middle = part.lowerBound + part.count / 2
        parts.append(middle..<part.upperBound)
        parts.append(part.lowerBound..<middle)
      } else {
        // The figures matter more than the texts, which are all that a server could refuse alone.
        chosen[0].row.error = .none
        chosen[0].row.parameters = .none
        chosen[0].row.tags = .none
        try await amend(chosen, &found)
      }
    }
    try await finishAmending(amendments, found)
  }

  private mutating func finishAmending(
    _ amendments: [Amendment], _ found: Set<FactKey>
  ) async throws(PostgresError) {
    for amendment in amendments
    where amendment.stored.queryID != amendment.row.queryID
      || amendment.stored.executedAt != amendment.row.executedAt
    {
      oldTimes.append((amendment.stored.queryID, amendment.stored.executedAt))
    }
    for amendment in amendments
    where amendment.row.key != amendment.stored.key && found.contains(amendment.stored.key) {
      deltas[amendment.stored.key.file, default: FileDelta()].executions.remove(
        amendment.stored.key.offset)
      deltas[amendment.row.key.file, default: FileDelta()].executions.add(amendment.row.key.offset)
    }
    try await takeErrors(amendments.filter { found.contains($0.stored.key) })
    let missing = amendments.filter { !found.contains($0.stored.key) }
    guard !missing.isEmpty else { return }
    // A refused row takes the records that would have been folded into it.
    try await connection.query(
      """
      UPDATE pgtrawl.rejected_records r SET folded_records = t.n - (r.length > 0)::int
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS t (file, off, n)
      WHERE r.log_file_id = t.file AND r.log_offset = t.off AND r.refused_row = 'execution'
      """,
      [
        .bigintArray(missing.map(\.stored.key.file)),
        .bigintArray(missing.map(\.stored.key.offset)),
        .bigintArray(missing.map { Int64($0.row.records) }),
      ])
  }

  /// An error whose record was read before that of its statement: its message stands in the event.
  private func takeErrors(_ amendments: [Amendment]) async throws(PostgresError) {
    let failed = amendments.compactMap { amendment in
      amendment.errorEvent.map { (row: amendment.row, event: $0) }
    }
    guard !failed.isEmpty else { return }
    let keys = failed.map { item in
      var key = ProvisionalKey(
        key: item.row.key, text: item.row.text, executedAt: item.row.executedAt)
      key.queryID = item.row.queryID
      return key
    }
    try await connection.query(
      """
      UPDATE pgtrawl.query_executions e SET error = v.message
      FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $7::timestamptz[],
          $8::bigint[], $9::bigint[])
          AS t (query, at, file, off, event_at, event_file, event_off)
        JOIN pgtrawl.log_events v ON v.log_file_id = t.event_file AND v.log_offset = t.event_off
          AND v.occurred_at = t.event_at AND v.occurred_at >= $10 AND v.occurred_at <= $11
      WHERE e.query_id = t.query AND e.executed_at = t.at AND e.log_file_id = t.file
        AND e.log_offset = t.off AND e.executed_at >= $5 AND e.executed_at <= $6
      """,
      Self.keyColumns(keys) + [
        Column.times(failed.map(\.event.occurredAt)),
        .bigintArray(failed.map(\.event.key.file)), .bigintArray(failed.map(\.event.key.offset)),
        Column.time(failed.map(\.event.occurredAt).min()),
        Column.time(failed.map(\.event.occurredAt).max()),
      ])
  }

  private func amend(
    _ amendments: [Amendment], _ found: inout Set<FactKey>
  ) async throws(PostgresError) {
    let rows = amendments.map(\.row)
    let keys = Self.keyColumns(amendments.map(\.stored))
    let result = try await connection.query(
      """
      UPDATE pgtrawl.query_executions e SET query_id = t.query, executed_at = t.at,
        native_query_id = t.native, context_id = t.context, duration_ms = t.duration,
        parse_ms = t.parse, bind_ms = t.bind, execute_ms = t.exec, plan_ms = t.plan,
        rows_returned = t.returned, rows_affected = t.affected, statements = t.statements,
        records = t.records, nesting = t.nesting, settled = t.settled <> 0,
        transcoded = e.transcoded OR t.transcoded <> 0, kind = t.kind, protocol = t.protocol,
        sqlstate = t.state, error = coalesce(t.error, e.error),
        parameters = coalesce(t.parameters::text[], e.parameters),
        tags = coalesce(t.tags::jsonb, e.tags), log_file_id = t.new_file,
        log_offset = t.new_off, session_line = t.line
      FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[],
        $7::bigint[], $8::timestamptz[], $9::bigint[], $10::bigint[], $11::float8[],
        $12::float8[], $13::float8[], $14::float8[], $15::float8[], $16::bigint[],
        $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[],
        $22::bigint[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[],
        $28::text[], $29::bigint[], $30::bigint[], $31::bigint[], $32::bigint[])
        AS t (old_query, old_at, file, off, query, at, native, context, duration, parse, bind,
          exec, plan, returned, affected, statements, records, nesting, settled, transcoded,
          kind, protocol, state, error, parameters, tags, new_file, new_off, line, was_settled)
      WHERE e.query_id = t.old_query AND e.executed_at = t.old_at AND e.log_file_id = t.file
        AND e.log_offset = t.off AND e.settled = (t.was_settled <> 0)
        AND e.executed_at >= $5 AND e.executed_at <= $6
      RETURNING t.file, t.off
      """,
      keys + [
        .bigintArray(rows.map(\.queryID)), Column.times(rows.map(\.executedAt)),
        .bigintArray(rows.map(\.nativeQueryID)), .bigintArray(rows.map(\.context)),
        Column.milliseconds(rows.map(\.durationMicros)),
        Column.milliseconds(rows.map(\.parseMicros)),
        Column.milliseconds(rows.map(\.bindMicros)),
        Column.milliseconds(rows.map(\.executeMicros)),
        Column.milliseconds(rows.map(\.planMicros)), Column.bigints(rows.map(\.rowsReturned)),
        Column.bigints(rows.map(\.rowsAffected)),
        .bigintArray(rows.map { Int64($0.statements) }),
        .bigintArray(rows.map { Int64($0.records) }),
        .bigintArray(rows.map { Int64($0.nesting) }),
        .bigintArray(rows.map { $0.isSettled ? 1 : 0 }),
        .bigintArray(rows.map { $0.isTranscoded ? 1 : 0 }), Column.texts(rows.map(\.kind.word)),
        Column.texts(rows.map { $0.isExtended ? "extended" : "simple" }),
        .textArray(rows.map { $0.sqlstate?.description }),
        Column.texts(
          rows.map { $0.error.isEmpty ? nil : Array(batch.bytes[$0.error.indices]) }),
        Column.texts(rows.map { ArrayText.parameters(batch.bytes[$0.parameters.indices]) }),
        Column.texts(rows.map { $0.tags.isEmpty ? nil : Array(batch.bytes[$0.tags.indices]) }),
        .bigintArray(rows.map(\.key.file)), .bigintArray(rows.map(\.key.offset)),
        .bigintArray(rows.map(\.line)),
        .bigintArray(amendments.map { $0.stored.isSettled ? 1 : 0 }),
      ])
    for row in result {
      found.insert(FactKey(file: row.int(0) ?? 0, offset: row.int(1) ?? 0))
    }
  }

  /// Deletes rows that turned out not to be.
  mutating func retractExecutions() async throws(PostgresError) {
    guard !batch.retractions.isEmpty else { return }
    let gone = try await connection.query(
      """
      DELETE FROM pgtrawl.query_executions e
      USING unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $7::bigint[])
        AS t (query, at, file, off, settled)
      WHERE e.query_id = t.query AND e.executed_at = t.at AND e.log_file_id = t.file
        AND e.log_offset = t.off AND e.settled = (t.settled <> 0)
        AND e.executed_at >= $5 AND e.executed_at <= $6
      RETURNING e.log_file_id, e.log_offset, e.tags::text
      """,
      Self.keyColumns(batch.retractions)
        + [.bigintArray(batch.retractions.map { $0.isSettled ? 1 : 0 })])
    var tags: [FactKey: [UInt8]] = [:]
    for row in gone {
      guard let file = row.int(0), let offset = row.int(1) else { continue }
      deltas[file, default: FileDelta()].executions.remove(offset)
      if let text = row.string(2) { tags[FactKey(file: file, offset: offset)] = Array(text.utf8) }
    }
    oldTimes += batch.retractions.map { ($0.queryID, $0.executedAt) }
    if !tags.isEmpty { try await moveTags(tags) }
  }

  /// A plan without a row of its own had a provisional one. When the row that it belongs to comes
  /// without a text, the text is the plan's, and so are its tags; an earlier run has read them.
  private func moveTags(_ tags: [FactKey: [UInt8]]) async throws(PostgresError) {
    var texts: [FactKey: TextKey] = [:]
    for key in batch.retractions where tags[key.key] != nil { texts[key.key] = key.text }
    var rows: [FactKey: ExecutionRow] = [:]
    for row in batch.executions where row.tags.isEmpty { rows[row.key] = row }
    for amendment in batch.amendments where amendment.row.tags.isEmpty {
      rows[amendment.row.key] = amendment.row
    }
    var moved: [(key: ProvisionalKey, tags: [UInt8])] = []
    for link in batch.links {
      guard let text = texts[link.plan], let found = tags[link.plan],
        let row = rows[link.execution], row.text == text
      else { continue }
      var key = ProvisionalKey(key: row.key, text: text, executedAt: row.executedAt)
      key.queryID = row.queryID
      moved.append((key, found))
    }
    guard !moved.isEmpty else { return }
    try await connection.query(
      """
      UPDATE pgtrawl.query_executions e SET tags = t.tags::jsonb
      FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $7::text[])
        AS t (query, at, file, off, tags)
      WHERE e.query_id = t.query AND e.executed_at = t.at AND e.log_file_id = t.file
        AND e.log_offset = t.off AND e.tags IS NULL
        AND e.executed_at >= $5 AND e.executed_at <= $6
      """, Self.keyColumns(moved.map(\.key)) + [Column.texts(moved.map(\.tags))])
  }

  /// Deletes events that turned out not to be: records that an execution has taken in.
  mutating func retractEvents() async throws(PostgresError) {
    let events = batch.eventRetractions
    guard !events.isEmpty else { return }
    let gone = try await connection.query(
      """
      DELETE FROM pgtrawl.log_events v
      USING unnest($1::timestamptz[], $2::bigint[], $3::bigint[]) AS t (at, file, off)
      WHERE v.log_file_id = t.file AND v.log_offset = t.off AND v.occurred_at = t.at
        AND v.occurred_at >= $4 AND v.occurred_at <= $5
      RETURNING v.log_file_id, v.log_offset, v.query_id,
        (extract(epoch FROM v.occurred_at) * 1000000)::bigint
      """,
      [
        Column.times(events.map(\.occurredAt)), .bigintArray(events.map(\.key.file)),
        .bigintArray(events.map(\.key.offset)), Column.time(events.map(\.occurredAt).min()),
        Column.time(events.map(\.occurredAt).max()),
      ])
    for row in gone {
      guard let file = row.int(0), let offset = row.int(1) else { continue }
      deltas[file, default: FileDelta()].events.remove(offset)
      if let query = row.int(2), query != 0 {
        oldTimes.append((query, row.int(3).map { LogTime(microseconds: $0) }))
      }
    }
  }

  /// Gives plans the statement that is their own.
  mutating func amendPlans() async throws(PostgresError) {
    let changed = batch.planAmendments.filter { $0.queryID != $0.stored.queryID }
    guard !changed.isEmpty else { return }
    try await connection.query(
      """
      UPDATE pgtrawl.query_plans p SET query_id = t.new_query
      FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $7::bigint[])
        AS t (query, at, file, off, new_query)
      WHERE p.query_id = t.query AND p.executed_at = t.at AND p.log_file_id = t.file
        AND p.log_offset = t.off AND p.executed_at >= $5 AND p.executed_at <= $6
      """, Self.keyColumns(changed.map(\.stored)) + [.bigintArray(changed.map(\.queryID))])
    oldTimes += changed.map { ($0.stored.queryID, $0.stored.executedAt) }
  }

  /// $1 to $4: how stored rows are found; $5 and $6: the plain bounds of their times, by which the
  /// planner leaves out, and does not lock, the partitions of other months.
  private static func keyColumns(_ keys: [ProvisionalKey]) -> [PostgresParameter] {
    [
      .bigintArray(keys.map(\.queryID)), Column.times(keys.map(\.executedAt)),
      .bigintArray(keys.map(\.key.file)), .bigintArray(keys.map(\.key.offset)),
      Column.time(keys.map(\.executedAt).min()), Column.time(keys.map(\.executedAt).max()),
    ]
  }
}
