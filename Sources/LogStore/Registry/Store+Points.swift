public import LogModel
internal import Postgres

extension Store {
  /// Where inflating can go on in these files, by `log_files.id`; complete files have no point.
  public func points(files: [Int64]) async throws(LoadError) -> [Int64: GzipPoint] {
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT log_file_id, log_offset, compressed_offset, unused_bits, member_crc, member_bytes,
          inflate_window, check_length, check_hash
        FROM pgtrawl.gzip_points WHERE log_file_id = ANY ($1)
        """, [.bigintArray(files)]
      ).map { row in
        (
          row.int(0) ?? 0,
          GzipPoint(
            offset: row.int(1) ?? 0, compressedOffset: row.int(2) ?? 0,
            unusedBits: Int(row.int(3) ?? 0),
            memberCRC: UInt32(truncatingIfNeeded: row.int(4) ?? 0),
            memberBytes: row.int(5) ?? 0, hiddenWindow: row.bytea(6) ?? [],
            checkLength: Int(row.int(7) ?? 0), checkHash: row.bytea(8) ?? [])
        )
      }
    }
    return Dictionary(rows) { first, _ in first }
  }
}

extension BatchTransaction {
  /// Stores where inflating can go on, in place of what is stored.
  func writePoint() async throws(PostgresError) {
    guard let point = prepared.checkpoint.point else { return }
    try await connection.query(
      """
      INSERT INTO pgtrawl.gzip_points AS p (log_file_id, log_offset, compressed_offset, unused_bits,
        member_crc, member_bytes, inflate_window, check_length, check_hash)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (log_file_id) DO UPDATE SET log_offset = excluded.log_offset,
        compressed_offset = excluded.compressed_offset, unused_bits = excluded.unused_bits,
        member_crc = excluded.member_crc, member_bytes = excluded.member_bytes,
        inflate_window = excluded.inflate_window, check_length = excluded.check_length,
        check_hash = excluded.check_hash
      """,
      [
        .int(batch.file), .int(point.offset), .int(point.compressedOffset),
        .int(Int64(point.unusedBits)), .int(Int64(point.memberCRC)), .int(point.memberBytes),
        .bytea(point.hiddenWindow), .int(Int64(point.checkLength)), .bytea(point.checkHash),
      ])
  }
}
