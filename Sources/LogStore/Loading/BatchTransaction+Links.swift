internal import LogModel
internal import Postgres

extension BatchTransaction {
  /// Deletes links that turned out not to be, copies new ones, and points stored ones to the
  /// execution that is known now. A stored link that is not there any more, as after forget, is left
  /// out.
  func writeLinks() async throws(PostgresError) {
    try await retractLinks()
    // What the server refused may have been a link: while the culprit is looked for, one that is
    // there already is replaced.
    if isIsolating {
      try await upsertLinks()
    } else if !prepared.links.isEmpty {
      try await connection.copyIn(
        FactEncoder.linkCopy, buffers: prepared.links.pieces(of: 0..<prepared.links.rowCount))
    }
    let replaced = batch.links.filter(\.replacesStored)
    guard !replaced.isEmpty else { return }
    try await connection.query(
      """
      UPDATE pgtrawl.plan_links l SET execution_log_file_id = t.exec_file,
        execution_log_offset = t.exec_off, execution_line = t.line
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
        AS t (file, off, exec_file, exec_off, line)
      WHERE l.log_file_id = t.file AND l.log_offset = t.off
      """, Self.positions(of: replaced) + [.bigintArray(replaced.map(\.executionLine))])
  }

  private func retractLinks() async throws(PostgresError) {
    let plans = batch.linkRetractions
    guard !plans.isEmpty else { return }
    try await connection.query(
      """
      DELETE FROM pgtrawl.plan_links l USING unnest($1::bigint[], $2::bigint[]) AS t (file, off)
      WHERE l.log_file_id = t.file AND l.log_offset = t.off
      """, [.bigintArray(plans.map(\.file)), .bigintArray(plans.map(\.offset))])
  }

  private func upsertLinks() async throws(PostgresError) {
    let links = batch.links.filter { !$0.replacesStored }
    guard !links.isEmpty else { return }
    try await connection.query(
      """
      INSERT INTO pgtrawl.plan_links (log_file_id, log_offset, execution_log_file_id,
        execution_log_offset, plan_line, execution_line, source_id, session_id)
      SELECT DISTINCT ON (t.file, t.off) t.file, t.off, t.exec_file, t.exec_off, t.plan_line, t.line,
        $8::int, t.session
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
        $6::bigint[], $7::text[]) WITH ORDINALITY
        AS t (file, off, exec_file, exec_off, line, plan_line, session, nth)
      ORDER BY t.file, t.off, t.nth DESC
      ON CONFLICT (log_file_id, log_offset) DO UPDATE SET
        execution_log_file_id = excluded.execution_log_file_id,
        execution_log_offset = excluded.execution_log_offset, plan_line = excluded.plan_line,
        execution_line = excluded.execution_line, source_id = excluded.source_id,
        session_id = excluded.session_id
      """,
      Self.positions(of: links) + [
        .bigintArray(links.map(\.executionLine)), .bigintArray(links.map(\.planLine)),
        Column.texts(links.map(\.session.description)), .int(Int64(prepared.source)),
      ])
  }

  /// $1 to $4: where plans and executions stand.
  private static func positions(of links: [LinkRow]) -> [PostgresParameter] {
    [
      .bigintArray(links.map(\.plan.file)), .bigintArray(links.map(\.plan.offset)),
      .bigintArray(links.map(\.execution.file)), .bigintArray(links.map(\.execution.offset)),
    ]
  }
}
