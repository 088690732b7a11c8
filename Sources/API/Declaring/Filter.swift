internal import Postgres

/// A parameter of a request that leaves rows out.
public struct Filter: Sendable {
  /// The parameter's name.
  public let name: String
  /// What its value must be.
  public let kind: FieldKind
  /// One sentence for the OpenAPI document.
  public let about: String
  /// The values that it takes; empty = any of its kind.
  public let choices: [String]
  /// Condition over the innermost rows; `?` stands for the value.
  let condition: String

  init(
    _ name: String, _ kind: FieldKind, _ about: String, choices: [String] = [],
    where condition: String
  ) {
    self.name = name
    self.kind = kind
    self.about = about
    self.choices = choices
    self.condition = condition
  }

  /// The value for SQL, or what is wrong with it.
  func parameter(_ value: String) throws(APIError) -> PostgresParameter {
    guard choices.isEmpty || choices.contains(value) else {
      throw .parameter(name, "is one of \(choices.joined(separator: ", "))")
    }
    guard !value.utf8.contains(0) else { throw .parameter(name, "holds a zero byte") }
    switch kind {
    case .queryID:
      guard let id = QueryName.id(value) else {
        throw .parameter(name, "is a query's id: 16 hexadecimal digits")
      }
      return .int(id)
    case .integer:
      guard let number = Int64(value) else { throw .parameter(name, "is a whole number") }
      return .int(number)
    case .number:
      guard let number = Double(value), number.isFinite else {
        throw .parameter(name, "is a number")
      }
      return .double(number)
    case .boolean:
      guard value == "true" || value == "false" else {
        throw .parameter(name, "is true or false")
      }
      return .bool(value == "true")
    case .time:
      guard let time = RFC3339.canonical(value) else {
        throw .parameter(name, "is a time in RFC 3339, as 2026-03-01T00:00:00Z")
      }
      return .text(time)
    case .factID, .text, .texts, .json:
      guard value.unicodeScalars.count <= Self.charactersMax else {
        throw .parameter(name, "is longer than \(Self.charactersMax) characters")
      }
      return .text(value)
    }
  }

  /// Characters that a text can have.
  static let charactersMax = 256
}
