/// The members of one object, of which those are crossed off that have been written.
struct Fields {
  private var values: [String: JSONValue] = [:]
  private var order: [String] = []

  init(_ object: JSONValue) {
    for (key, value) in object.members where values[key] == nil {
      values[key] = value
      order.append(key)
    }
  }

  /// The member `key`; it will not be among the rest.
  mutating func take(_ key: String) -> JSONValue? { values.removeValue(forKey: key) }

  /// The text of the member `key`.
  mutating func text(_ key: String) -> String? { take(key)?.text }

  /// The text of the number `key` unless it is missing or zero.
  mutating func positive(_ key: String) -> String? {
    guard let text = text(key), Fields.isPositive(text) else { return nil }
    return text
  }

  /// Whether the member `key` is `true`.
  mutating func flag(_ key: String) -> Bool { text(key) == "true" }

  /// Crosses off what has no place in the text form.
  mutating func drop(_ keys: String...) {
    for key in keys { values[key] = nil }
  }

  /// The text of the member `key`, which stays among the rest.
  func peek(_ key: String) -> String? { values[key]?.text }

  /// Whether `key` is there and has not been written yet.
  func has(_ key: String) -> Bool { values[key] != nil }

  /// Moves the members whose key satisfies `isTaken` into fields of their own.
  mutating func extract(_ isTaken: (String) -> Bool) -> Fields {
    var taken = self
    taken.values = values.filter { isTaken($0.key) }
    values = values.filter { !isTaken($0.key) }
    return taken
  }

  /// What has not been written, in the document's order.
  var rest: [(key: String, value: JSONValue)] {
    order.compactMap { key in values[key].map { (key, $0) } }
  }

  /// Whether a digit other than 0 stands in `number` and no minus before it.
  static func isPositive(_ number: String) -> Bool {
    guard number.utf8.first != UInt8(ascii: "-") else { return false }
    return number.utf8.contains { UInt8(ascii: "1")...UInt8(ascii: "9") ~= $0 }
  }
}
