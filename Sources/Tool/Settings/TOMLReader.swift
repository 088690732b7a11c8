/// Reads the part of TOML 1.0 that a configuration file here needs: comments, tables, bare, quoted and
/// dotted keys, strings of one line, whole numbers, booleans and arrays. What else TOML has (dates,
/// floats, inline tables, arrays of tables, strings over several lines) is an error that says so.
struct TOMLReader {
  /// Tables within tables, and arrays within arrays, at most.
  private static let depthMax = 16

  private let text: [Unicode.Scalar]
  private var at = 0
  private var line = 1
  private var document = TOMLDocument()
  private var current: [String] = []
  private var opened: Set<[String]> = []

  private init(_ text: String) {
    var scalars = Array(text.unicodeScalars)
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    self.text = scalars
  }

  /// What `text` says.
  static func read(_ text: String) throws(TOMLError) -> TOMLDocument {
    var reader = TOMLReader(text)
    while try reader.statement() {}
    return reader.document
  }

  // MARK: lines

  /// The next table header or key; false at the end.
  private mutating func statement() throws(TOMLError) -> Bool {
    try skipLines()
    guard let first = peek else { return false }
    if first == "[" {
      try header()
    } else {
      let key = try dottedKey()
      document.lines[current + key] = line
      skipBlanks()
      guard take("=") else { throw failure("'=' is missing behind a key") }
      skipBlanks()
      let value = try value(depth: 0)
      guard insert(value, at: current + key) else {
        throw failure("'\(key.joined(separator: "."))' stands twice")
      }
    }
    skipBlanks()
    if peek == "#" { try skipComment() }
    guard peek == nil || peek == "\n" || peek == "\r" else {
      throw failure("something follows the end of the value")
    }
    return true
  }

  private mutating func header() throws(TOMLError) {
    at += 1
    guard peek != "[" else { throw failure("arrays of tables are not used here") }
    skipBlanks()
    let name = try dottedKey()
    skipBlanks()
    guard take("]") else { throw failure("']' is missing behind the name of a table") }
    guard opened.insert(name).inserted else {
      throw failure("table '\(name.joined(separator: "."))' stands twice")
    }
    guard insert(nil, at: name) else {
      throw failure("'\(name.joined(separator: "."))' is no table")
    }
    current = name
    document.lines[name] = line
  }

  private mutating func dottedKey() throws(TOMLError) -> [String] {
    var parts = [try simpleKey()]
    skipBlanks()
    while take(".") {
      skipBlanks()
      parts.append(try simpleKey())
      skipBlanks()
    }
    guard parts.count <= Self.depthMax else { throw failure("a key has too many parts") }
    return parts
  }

  private mutating func simpleKey() throws(TOMLError) -> String {
    if peek == "\"" || peek == "'" { return try string() }
    let start = at
    while let scalar = peek, Self.isBare(scalar) { at += 1 }
    guard at > start else { throw failure("a key or a [table] is expected here") }
    return Self.string(text[start..<at])
  }

  private static func isBare(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  // MARK: values

  private mutating func value(depth: Int) throws(TOMLError) -> TOMLValue {
    guard depth < Self.depthMax else { throw failure("arrays are nested too deeply") }
    guard let first = peek else { throw failure("a value is missing") }
    switch first {
    case "\"", "'": return .string(try string())
    case "[": return try array(depth: depth)
    case "{": throw failure("inline tables are not used here")
    default: return try word()
    }
  }

  private mutating func word() throws(TOMLError) -> TOMLValue {
    let start = at
    while let scalar = peek, Self.isBare(scalar) || scalar == "+" || scalar == "." || scalar == ":"
    {
      at += 1
    }
    let word = Self.string(text[start..<at])
    if word == "true" { return .boolean(true) }
    if word == "false" { return .boolean(false) }
    let digits = word.hasPrefix("+") ? String(word.dropFirst()) : word
    if let number = Int(digits.filter { $0 != "_" }), !digits.hasPrefix("_") {
      return .integer(number)
    }
    throw failure("a value is a string in quotes, a whole number, true, false or a list of these")
  }

  private mutating func array(depth: Int) throws(TOMLError) -> TOMLValue {
    at += 1
    var values: [TOMLValue] = []
    while true {
      try skipLines()
      if take("]") { return .array(values) }
      values.append(try value(depth: depth + 1))
      try skipLines()
      if take(",") { continue }
      guard take("]") else { throw failure("',' or ']' is missing in a list") }
      return .array(values)
    }
  }

  private mutating func string() throws(TOMLError) -> String {
    guard let quote = peek else { throw failure("a string is missing") }
    if at + 2 < text.count, text[at + 1] == quote, text[at + 2] == quote {
      throw failure("strings over several lines are not used here")
    }
    at += 1
    var value = String.UnicodeScalarView()
    while let scalar = peek {
      at += 1
      if scalar == quote { return String(value) }
      guard scalar.value >= 32 && scalar.value != 127 || scalar == "\t" else { break }
      value.append(scalar == "\\" && quote == "\"" ? try escape() : scalar)
    }
    throw failure("a string is not closed on its line, or holds a control character")
  }

  private mutating func escape() throws(TOMLError) -> Unicode.Scalar {
    let letter = peek
    at += 1
    switch letter {
    case "b": return "\u{8}"
    case "t": return "\t"
    case "n": return "\n"
    case "f": return "\u{C}"
    case "r": return "\r"
    case "\"": return "\""
    case "\\": return "\\"
    case "u", "U":
      let count = letter == "u" ? 4 : 8
      guard at + count <= text.count,
        let number = UInt32(Self.string(text[at..<(at + count)]), radix: 16),
        let scalar = Unicode.Scalar(number)
      else { throw failure("\\u wants the number of a character in 4 digits, \\U in 8") }
      at += count
      return scalar
    default: throw failure("an unknown escape in a string: write \\\\ for a backslash")
    }
  }

  // MARK: tables

  /// Puts a value at a path, or makes sure that there is a table (nil); false when something else is
  /// there.
  private mutating func insert(_ value: TOMLValue?, at path: [String]) -> Bool {
    func put(_ table: inout [String: TOMLValue], _ rest: ArraySlice<String>) -> Bool {
      guard let name = rest.first else { return true }
      if rest.count == 1, let value {
        guard table[name] == nil else { return false }
        table[name] = value
        return true
      }
      var inner: [String: TOMLValue] = [:]
      if let there = table[name] {
        guard let known = there.table else { return false }
        inner = known
      }
      let isDone = put(&inner, rest.dropFirst())
      table[name] = .table(inner)
      return isDone
    }
    return put(&document.table, path[...])
  }

  // MARK: characters

  private var peek: Unicode.Scalar? { at < text.count ? text[at] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    at += 1
    return true
  }

  private mutating func skipBlanks() {
    while peek == " " || peek == "\t" { at += 1 }
  }

  private mutating func skipComment() throws(TOMLError) {
    while let scalar = peek, scalar != "\n" {
      guard scalar.value != 0 else { throw failure("a NUL character") }
      at += 1
    }
  }

  /// White space, ends of lines and comments.
  private mutating func skipLines() throws(TOMLError) {
    while let scalar = peek {
      switch scalar {
      case " ", "\t": at += 1
      case "\r":
        at += 1
        guard peek == "\n" else { throw failure("a carriage return without a newline") }
      case "\n":
        at += 1
        line += 1
      case "#": try skipComment()
      default: return
      }
    }
  }

  private func failure(_ cause: String) -> TOMLError { TOMLError(line: line, cause: cause) }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
