extension Catalog {
  /// Servers whose logs are read.
  public static let sources = Resource(
    "sources", schema: "Source", "Servers whose logs are read, and how far.",
    fields: [
      Field("name", .text, "Its name."), Field("files", .integer, "Files."),
      Field("bytes", .integer, "Bytes of them that are in the store."),
      Field("rejected_records", .integer, "Records that could not be read."),
      Field("gaps", .integer, "Ranges of bytes that are known to be lost."),
      Field("lost_bytes", .integer, "Their bytes.", null: true),
      Field("first_log_time", .time, "The first time in its logs.", null: true),
      Field("last_log_time", .time, "The last time in its logs.", null: true),
      Field(
        "lag_s", .number, "Seconds since the last time in its logs.",
        sql: "extract(epoch FROM now() - r.last_log_time)::float8", null: true),
    ],
    filters: [], sorts: [Sort("name", "Its name.", sql: "r.name", type: "text")],
    key: [KeyColumn("r.id", "integer")],
    rows: """
      SELECT t.id, t.name, f.files, f.bytes, f.rejected_records, g.gaps, g.lost_bytes,
        f.first_log_time, f.last_log_time
      FROM pgtrawl.sources t
      CROSS JOIN LATERAL (
        SELECT count(*) AS files, coalesce(sum(x.committed_offset), 0)::bigint AS bytes,
          coalesce(sum(x.records_rejected), 0)::bigint AS rejected_records,
          min(x.first_log_time) AS first_log_time, max(x.last_log_time) AS last_log_time
        FROM pgtrawl.log_files x WHERE x.source_id = t.id AND x.forgotten_at IS NULL) f
      CROSS JOIN LATERAL (
        SELECT count(*) AS gaps, sum(y.to_offset - y.from_offset)::bigint AS lost_bytes
        FROM pgtrawl.file_gaps y JOIN pgtrawl.log_files x ON x.id = y.log_file_id
        WHERE x.source_id = t.id) g
      WHERE {where}
      """)

  /// Log files.
  public static let files = Resource(
    "files", schema: "File", "Log files, each life of one, and how far they are read.",
    fields: [
      Field("id", .text, "Its number.", sql: "r.id::text"), CommonFields.source,
      Field("path", .text, "Where it was last seen."),
      Field("state", .text, "active, done, incomplete or corrupt."),
      Field("committed_offset", .integer, "Decompressed bytes that are in the store."),
      Field("pending_bytes", .integer, "Bytes that were seen and are not in the store yet."),
      Field("records_rejected", .integer, "Records that could not be read."),
      Field("first_log_time", .time, "The first time in it.", null: true),
      Field("last_log_time", .time, "The last time in it.", null: true),
    ],
    filters: [
      CommonFilters.source,
      Filter(
        "state", .text, "Only in this state.",
        choices: ["active", "done", "incomplete", "corrupt"],
        where: "t.state = ?"),
    ],
    sorts: [
      Sort(
        "time", "The last time in it.", sql: "coalesce(r.last_log_time, '-infinity')",
        type: "timestamptz")
    ],
    key: [KeyColumn("r.id", "bigint")],
    rows: "SELECT t.* FROM pgtrawl.log_files t WHERE t.forgotten_at IS NULL AND {where}")
}
