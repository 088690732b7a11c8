extension StoreUnderTest {
  /// A value of a text, JSONB or bytea column.
  struct StoredCell {
    /// `table.column`
    var place: String
    var text: String
  }

  /// Every such value of every table, bytes as the text that they are.
  func cells() async throws -> [StoredCell] {
    let columns = try await query(
      """
      SELECT c.relname, a.attname, a.atttypid::regtype
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      WHERE c.relnamespace = 'pgtrawl'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition AND NOT a.attisdropped AND c.relname !~ 'migration'
        AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
      """)
    var cells: [StoredCell] = []
    for column in columns {
      let value =
        column[2] == "bytea" ? "encode(\(column[1]), 'escape')" : "\(column[1])::text"
      let rows = try await query(
        "SELECT \(value) FROM pgtrawl.\(column[0]) WHERE \(column[1]) IS NOT NULL")
      cells += rows.map { StoredCell(place: "\(column[0]).\(column[1])", text: $0[0]) }
    }
    return cells
  }
}
