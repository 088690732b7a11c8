/// A value of a configuration file.
enum TOMLValue: Equatable {
  case string(String)
  case integer(Int)
  case boolean(Bool)
  case array([TOMLValue])
  case table([String: TOMLValue])

  var string: String? { if case .string(let value) = self { value } else { nil } }
  var int: Int? { if case .integer(let value) = self { value } else { nil } }
  var bool: Bool? { if case .boolean(let value) = self { value } else { nil } }
  var array: [TOMLValue]? { if case .array(let value) = self { value } else { nil } }
  var table: [String: TOMLValue]? { if case .table(let value) = self { value } else { nil } }
}

/// What a configuration file says, and where.
struct TOMLDocument: Equatable {
  var table: [String: TOMLValue] = [:]
  /// The line, from 1, of every key and table header, by its path.
  var lines: [[String]: Int] = [:]

  subscript(key: String) -> TOMLValue? { table[key] }

  /// Where a key or table stands; for a table without a header where its first key does.
  func line(of path: [String]) -> Int? {
    lines[path] ?? lines.filter { $0.key.starts(with: path) }.map(\.value).min()
  }
}

/// Why a text is no configuration file.
struct TOMLError: Error, Equatable {
  /// Line, from 1.
  var line: Int
  /// What is wrong, without its end.
  var cause: String
}
