public import LogModel
internal import Postgres

/// By what the files are looked up that an input may be.
public struct GenerationSearch: Sendable {
  /// Heads that the input has.
  public var heads: [ContentHead]
  /// Paths where such a file may have been seen last.
  public var paths: [String]
  /// Files of which something is in the store and whose head is longer than so many bytes are found too:
  /// the input may be a part of one. Nil for none.
  public var headsAbove: Int?
  /// How many of these, the newest.
  public var headsAboveMax = 16

  /// A search for any of these.
  public init(heads: [ContentHead], paths: [String], headsAbove: Int?) {
    self.heads = heads
    self.paths = paths
    self.headsAbove = headsAbove
  }
}

extension Store {
  /// The largest id of a generation, of whatever source (0 without one), which `register` relies on, and
  /// the generations of a source that a search finds, by id; in one look.
  public func candidates(
    source: Int32, _ search: GenerationSearch
  ) async throws(LoadError) -> (lastID: Int64, generations: [Generation]) {
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT \(Self.generationColumns), l.id
        FROM (SELECT coalesce(max(id), 0) AS id FROM pgtrawl.log_files) l
        LEFT JOIN pgtrawl.log_files f ON f.forgotten_at IS NULL AND f.id = ANY (ARRAY(
          SELECT s.id FROM pgtrawl.log_files s WHERE s.source_id = $1 AND s.head_hash = ANY ($2)
          UNION
          SELECT s.id FROM pgtrawl.log_files s WHERE s.source_id = $1 AND s.path = ANY ($3)
          UNION
          (SELECT s.id FROM pgtrawl.log_files s
           WHERE s.source_id = $1 AND s.head_length > $4 AND s.committed_offset > 0
             AND s.forgotten_at IS NULL
           ORDER BY s.id DESC LIMIT $5)))
        ORDER BY f.id
        """,
        [
          .int(Int64(source)), .byteaArray(search.heads.map(\.hash)), Column.texts(search.paths),
          .int(search.headsAbove ?? 0),
          .int(search.headsAbove == nil ? 0 : search.headsAboveMax),
        ]
      ).map { row in
        (last: row.int(Self.generationColumnCount) ?? 0, generation: Self.generation(ifIn: row))
      }
    }
    let found = rows.compactMap(\.generation)
    for generation in found { sourceOfFile[generation.id] = generation.source }
    return (rows.first?.last ?? 0, found)
  }

  /// Lengths of heads of the source that are no power of two, ascending: earlier versions stored heads
  /// of every length. Read once a connection, as none are added.
  public func oddHeadLengths(source: Int32) async throws(LoadError) -> [Int] {
    if !(await connection.isBroken), let known = oddHeadLengths[source] { return known }
    let lengths = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        WITH RECURSIVE lengths (length) AS (
          SELECT min(head_length) FROM pgtrawl.log_files
          WHERE source_id = $1 AND forgotten_at IS NULL AND head_length < 4096
          UNION ALL
          SELECT (SELECT min(f.head_length) FROM pgtrawl.log_files f
            WHERE f.source_id = $1 AND f.forgotten_at IS NULL AND f.head_length < 4096
              AND f.head_length > l.length)
          FROM lengths l WHERE l.length IS NOT NULL
        )
        SELECT length FROM lengths WHERE length & (length - 1) <> 0 ORDER BY 1
        """, [.int(Int64(source))]
      ).compactMap { $0.int(0).map { Int($0) } }
    }
    oddHeadLengths[source] = lengths
    return lengths
  }

  private static func generation(ifIn row: PostgresRow) -> Generation? {
    row.int(0) == nil ? nil : generation(of: row)
  }
}
