/// Names and texts as parts of SQL, for the places where a parameter is not allowed.
public enum PostgresQuoting {
  /// `name` as a quoted identifier; zero bytes, which no identifier can hold, are left out.
  public static func identifier(_ name: String) -> String {
    quoted(name, by: "\"")
  }

  /// `schema.name`, both quoted.
  public static func identifier(_ schema: String, _ name: String) -> String {
    identifier(schema) + "." + identifier(name)
  }

  /// `text` as a string literal that does not depend on `standard_conforming_strings`; zero bytes
  /// are left out. Use a parameter wherever the grammar takes one.
  public static func literal(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return quoted(text, by: "'") }
    var escaped = ""
    for scalar in text.unicodeScalars {
      if scalar == "\\" { escaped.unicodeScalars.append("\\") }
      escaped.unicodeScalars.append(scalar)
    }
    return " E" + quoted(escaped, by: "'")
  }

  private static func quoted(_ text: String, by quote: Unicode.Scalar) -> String {
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars where scalar != "\0" {
      if scalar == quote { result.append(quote) }
      result.append(scalar)
    }
    result.append(quote)
    return String(result)
  }
}
