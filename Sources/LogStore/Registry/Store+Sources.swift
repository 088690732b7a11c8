internal import LogModel
internal import Postgres

extension Store {
  /// The source called `name`, made if it is missing and `creating`; nil if it is missing.
  public func source(_ name: String, creating: Bool) async throws(LoadError) -> LogServer? {
    try await attempt { connection throws(PostgresError) in
      if let known = try await Self.readSource(name, connection) { return known }
      guard creating else { return nil }
      try await connection.execute("BEGIN")
      try await connection.execute(Self.registryLock)
      try await connection.query(
        """
        INSERT INTO pgtrawl.sources (id, name)
        SELECT coalesce(max(id), 0) + 1, $1 FROM pgtrawl.sources ON CONFLICT (name) DO NOTHING
        """, [.text(name)])
      try await connection.execute("COMMIT")
      return try await Self.readSource(name, connection)
    }
  }

  /// Deletes a source that nothing belongs to, neither file nor setting.
  public func dropUnused(source id: Int32) async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await connection.execute(Self.registryLock)
      try await connection.query(
        """
        DELETE FROM pgtrawl.sources s WHERE s.id = $1
          AND NOT EXISTS (SELECT FROM pgtrawl.log_files f WHERE f.source_id = s.id)
          AND NOT EXISTS (SELECT FROM pgtrawl.source_settings v WHERE v.source_id = s.id)
        """, [.int(Int64(id))])
      try await connection.execute("COMMIT")
    }
  }

  /// All sources, by name.
  public func sources() async throws(LoadError) -> [LogServer] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "SELECT \(Self.sourceFields) FROM pgtrawl.sources ORDER BY name"
      ).map { Self.source(of: $0) }
    }
  }

  /// Stores what reading the source's logs needs.
  public func update(
    source id: Int32, timezones: [String], encoding: String
  ) async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "UPDATE pgtrawl.sources SET timezones = $2, encoding = $3 WHERE id = $1",
        [.int(Int64(id)), .textArray(timezones), .text(encoding)])
      return
    }
  }

  /// Adds settings of a source, which the log file `file` tells, nil = which are from elsewhere; what is
  /// known of the same setting at the same time is replaced.
  public func record(
    settings: [ServerSetting], ofSource id: Int32, file: Int64? = nil
  ) async throws(LoadError) {
    guard !settings.isEmpty else { return }
    let latest = Dictionary(
      settings.map { (Key(name: $0.name, from: $0.validFromMicros), $0) }
    ) { $1 }.values.map { $0 }
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        INSERT INTO pgtrawl.source_settings (source_id, name, setting, unit, valid_from, origin,
          log_file_id)
        SELECT $1, n, s, u, coalesce(f, '-infinity'), o, $7
        FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
          AS t (n, s, u, f, o)
        ORDER BY n
        ON CONFLICT (source_id, name, valid_from)
        DO UPDATE SET setting = excluded.setting, unit = excluded.unit, origin = excluded.origin,
          log_file_id = excluded.log_file_id
        """,
        [
          .int(Int64(id)), Column.texts(latest.map(\.name)), .textArray(latest.map(\.setting)),
          .textArray(latest.map(\.unit)),
          Column.times(latest.map { $0.validFromMicros.map { LogTime(microseconds: $0) } }),
          Column.texts(latest.map(\.origin.rawValue)), Column.bigint(file),
        ])
      return
    }
  }

  /// Settings of a source, oldest first.
  public func settings(ofSource id: Int32) async throws(LoadError) -> [ServerSetting] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT name, setting, unit, CASE WHEN isfinite(valid_from)
          THEN (extract(epoch FROM valid_from) * 1000000)::bigint END, origin
        FROM pgtrawl.source_settings WHERE source_id = $1 ORDER BY valid_from, name
        """, [.int(Int64(id))]
      ).map { row in
        ServerSetting(
          name: row.string(0) ?? "", setting: row.string(1), unit: row.string(2),
          validFromMicros: row.int(3), origin: row.string(4) == "log" ? .log : .file)
      }
    }
  }

  /// Taken by whoever hands out an id of a source or a file.
  static let registryLock =
    "SELECT pg_advisory_xact_lock(hashtextextended('pgtrawl.registry', 0))"

  /// The columns that `source(of:)` reads: timezones element by element, since names of zones hold
  /// no line break.
  private static let sourceFields = "id, name, array_to_string(timezones, E'\\n'), encoding"

  private static func readSource(
    _ name: String, _ connection: PostgresConnection
  ) async throws(PostgresError) -> LogServer? {
    try await connection.query(
      "SELECT \(sourceFields) FROM pgtrawl.sources WHERE name = $1", [.text(name)]
    ).first.map { source(of: $0) }
  }

  private static func source(of row: PostgresRow) -> LogServer {
    LogServer(
      id: Int32(truncatingIfNeeded: row.int(0) ?? 0), name: row.string(1) ?? "",
      timezones: (row.string(2) ?? "").split(separator: "\n").map { String($0) },
      encoding: row.string(3) ?? "")
  }

  /// What makes a setting's row unique.
  private struct Key: Hashable {
    var name: String
    var from: Int64?
  }
}
