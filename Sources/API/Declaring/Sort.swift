/// An order of a resource's rows; the resource's key decides between equal ones.
public struct Sort: Sendable {
  /// The value of `sort`.
  public let name: String
  /// One phrase for the OpenAPI document.
  public let about: String
  /// Expression over the row `r`; never null, so that a page can begin behind any row.
  let sql: String
  /// Its type, for the value in a cursor.
  let type: String

  init(_ name: String, _ about: String, sql: String, type: String) {
    self.name = name
    self.about = about
    self.sql = sql
    self.type = type
  }
}

/// A column that, with the others of the key, no two rows share.
struct KeyColumn: Sendable {
  let sql: String
  let type: String

  init(_ sql: String, _ type: String) {
    self.sql = sql
    self.type = type
  }
}
