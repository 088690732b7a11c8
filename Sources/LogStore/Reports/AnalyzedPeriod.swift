public import LogModel
public import Postgres

extension StoreReports {
  /// The last `length` of what was analyzed, by the times of the log; nil when nothing was.
  public func lastPeriod(
    _ length: Duration, ofSource source: String? = nil
  ) async throws(PostgresError) -> Range<LogTime>? {
    let row = try await connection.query(
      """
      SELECT (extract(epoch FROM max(a.hour) + interval '1 hour') * 1000000)::bigint
      FROM pgtrawl.analyzed_hours a JOIN pgtrawl.sources s ON s.id = a.source_id
      WHERE $1::text IS NULL OR s.name = $1
      """, [.text(source)]
    ).first
    guard let end = row?.int(0) else { return nil }
    let micros = length.components.seconds * 1_000_000
    return LogTime(microseconds: end - micros)..<LogTime(microseconds: end)
  }
}
