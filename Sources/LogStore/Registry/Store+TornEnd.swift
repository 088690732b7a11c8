public import LogModel
internal import Postgres

extension Store {
  /// Where the torn record begins that a file ended with when it was read: a reject with this reason and
  /// nothing but rejects behind it; nil without one.
  public func tornEnd(of file: Int64, reason: String) async throws(LoadError) -> Int64? {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT min(r.log_offset)
        FROM pgtrawl.rejected_records r JOIN pgtrawl.log_files f ON f.id = r.log_file_id
        WHERE r.log_file_id = $1 AND r.reason = $2 AND r.length > 0
          AND r.log_offset + (SELECT sum(o.length) FROM pgtrawl.rejected_records o
            WHERE o.log_file_id = $1 AND o.log_offset >= r.log_offset) = f.committed_offset
        """, [.int(file), .text(reason)]
      ).first?.int(0)
    }
  }

  /// Takes back the rejects from an offset on, behind which a file has nothing else: it is read anew from
  /// there. `mark` is of what precedes. Nil, and nothing changes, when the file has moved on meanwhile.
  public func takeBack(
    _ generation: Generation, to offset: Int64, _ mark: ContentMark
  ) async throws(LoadError) -> Generation? {
    let isDone = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        WITH own AS (
          SELECT id FROM pgtrawl.log_files
          WHERE id = $1 AND epoch = $2 AND committed_offset = $3 AND forgotten_at IS NULL FOR UPDATE
        ), gone AS (
          DELETE FROM pgtrawl.rejected_records r USING own
          WHERE r.log_file_id = own.id AND r.log_offset >= $4
          RETURNING r.log_offset, r.length
        ), sums AS (
          SELECT count(*) AS n, coalesce(sum(length), 0) AS bytes, coalesce(sum(log_offset), 0) AS offsets
          FROM gone
        )
        UPDATE pgtrawl.log_files f SET committed_offset = $4, state = 'active',
          head_length = $5, head_hash = $6, anchor_length = $7, anchor_hash = $8, crc = $9,
          records_rejected = records_rejected - n, bytes_rejected = bytes_rejected - bytes,
          reject_rows = reject_rows - n, reject_offset_sum = reject_offset_sum - offsets
        FROM own, sums WHERE f.id = own.id
        RETURNING f.id
        """,
        [
          .int(generation.id), .int(Int64(generation.epoch)), .int(generation.committedOffset),
          .int(offset), .int(mark.headLength), .bytea(mark.headHash), .int(mark.anchorLength),
          .bytea(mark.anchorHash), .int(Int64(mark.crc)),
        ]
      ).first != nil
    }
    guard isDone else { return nil }
    var back = generation
    back.committedOffset = offset
    back.mark = mark
    back.state = .active
    return back
  }
}
