/// What a field's value is, as JSON and in the OpenAPI document.
public enum FieldKind: Sendable, Equatable {
  /// A query's id: 16 hexadecimal digits.
  case queryID
  /// The id of an execution, a plan or an event: `12-34567`.
  case factID
  /// A string.
  case text
  /// A whole number.
  case integer
  /// A number; the field's text names its unit.
  case number
  /// True or false.
  case boolean
  /// A time in RFC 3339, UTC.
  case time
  /// A list of strings.
  case texts
  /// Any JSON, as it is stored.
  case json
}

/// One field of a resource: its name in JSON, what it holds, and where it comes from.
///
/// The same declaration gives the SQL, the JSON and the OpenAPI schema, so that they can't differ.
public struct Field: Sendable {
  /// The name, in snake case.
  public let name: String
  /// What its value is.
  public let kind: FieldKind
  /// Whether it can be null.
  public let isNullable: Bool
  /// One sentence: what it says, and its unit.
  public let about: String
  /// Expression over the row `r` of the resource's rows. It is computed for the rows of a page only.
  let sql: String

  init(
    _ name: String, _ kind: FieldKind, _ about: String, sql: String? = nil, null: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.about = about
    isNullable = null
    let column = sql ?? "r.\(name)"
    self.sql =
      switch kind {
      case .queryID: "lpad(to_hex(\(column)), 16, '0')"
      // PostgreSQL's own JSON has microseconds and the zone of the session, which is UTC.
      default: column
      }
  }
}
