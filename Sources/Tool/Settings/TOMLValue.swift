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

/// Why a text is no configuration file.
struct TOMLError: Error, Equatable {
  /// Line, from 1.
  var line: Int
  /// What is wrong, without its end.
  var cause: String
}
