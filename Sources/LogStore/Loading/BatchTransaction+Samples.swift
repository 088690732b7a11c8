internal import LogModel
internal import Postgres

extension BatchTransaction {
  /// Brings `query_samples` in line with the executions that the batch added, changed or deleted.
  ///
  /// Runs when the rows of the queries are locked, so that of two loaders the second sees what the
  /// first brought.
  mutating func writeSamples() async throws(PostgresError) {
    let candidates =
      refusedExecutions.isEmpty
      ? prepared.samples : SampleCandidate.all(of: batch, without: refusedExecutions)
    guard !candidates.isEmpty || !batch.retractions.isEmpty || !batch.confirmations.isEmpty else {
      return
    }
    guard isIsolating else { return try await write(candidates, withTexts: true) }
    let refusal = try await refusal { (_) async throws(PostgresError) in
      try await write(candidates, withTexts: true)
    }
    // The rows are a matter of figures; a text is all that a server could refuse.
    if refusal != nil { try await write(candidates, withTexts: false) }
  }

  private func write(
    _ candidates: [SampleCandidate], withTexts: Bool
  ) async throws(PostgresError) {
    let sure = batch.confirmations
    let gone = batch.amendments.map(\.stored) + batch.retractions
    let texts = candidates.map { candidate in
      withTexts && !candidate.text.isEmpty ? Array(batch.bytes[candidate.text.indices]) : nil
    }
    try await connection.query(
      """
      SELECT pgtrawl.write_samples($1, $2::bigint[], $3::timestamptz[], $4::bigint[], $5::bigint[],
        $6::text[], $7::bigint[], $8::bigint[], $9::float8[], $10::bigint[], $11::bigint[],
        $12::bigint[], $13::bigint[], $14::timestamptz[], $15::bigint[], $16::bigint[],
        $17::bigint[], $18::timestamptz[], $19::bigint[], $20::bigint[])
      """,
      [
        .int(Int64(prepared.source)), .bigintArray(candidates.map(\.query)),
        Column.times(candidates.map(\.time)), .bigintArray(candidates.map(\.key.file)),
        .bigintArray(candidates.map(\.key.offset)), Column.texts(texts),
        .bigintArray(candidates.map { Int64($0.textBytes) }),
        .bigintArray(candidates.map { $0.competes ? 1 : 0 }),
        Column.milliseconds(candidates.map(\.durationMicros)),
        .bigintArray(candidates.map { $0.isTentative ? 1 : 0 }),
        Column.bigints(candidates.map { $0.held?.file }),
        Column.bigints(candidates.map { $0.held?.offset }),
        .bigintArray(sure.map(\.queryID)), Column.times(sure.map(\.executedAt)),
        .bigintArray(sure.map(\.key.file)), .bigintArray(sure.map(\.key.offset)),
        .bigintArray(gone.map(\.queryID)), Column.times(gone.map(\.executedAt)),
        .bigintArray(gone.map(\.key.file)), .bigintArray(gone.map(\.key.offset)),
      ])
  }
}
