/// A collection that the API serves: its fields, filters and orders, and the SQL of its rows.
public struct Resource: Sendable {
  /// Name in paths and in `include`, plural.
  public let name: String
  /// Name of one row's schema, as `Query`.
  public let schema: String
  /// One sentence.
  public let about: String
  /// What a row has.
  public let fields: [Field]
  /// What leaves rows out.
  public let filters: [Filter]
  /// The orders, highest first; the first one is the default.
  public let sorts: [Sort]
  /// What no two rows share.
  let key: [KeyColumn]
  /// The rows, to be read as `r`; `{where}` stands for the filters' conditions.
  let rows: String

  init(
    _ name: String, schema: String, _ about: String, fields: [Field], filters: [Filter],
    sorts: [Sort], key: [KeyColumn], rows: String
  ) {
    self.name = name
    self.schema = schema
    self.about = about
    self.fields = fields
    self.filters = filters
    self.sorts = sorts
    self.key = key
    self.rows = rows
  }
}
