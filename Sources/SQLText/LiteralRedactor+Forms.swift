/// DETAIL and CONTEXT hold values without quotes around them, in places that differ from language to
/// language. So they are kept only when they are one of PostgreSQL's own English forms.
extension LiteralRedactor {
  /// A DETAIL without values; `?` when its form is not known.
  public static func redactDetail(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    for form in statementForms where starts(text, form) {
      return bytes(form) + [0x3F]
    }
    if starts(text, "Process "), !starts(text, "Process holding") { return redactDeadlock(text) }
    guard detailForms.contains(where: { starts(text, $0) }) else { return [0x3F] }
    return redactMessage(text)
  }

  /// A CONTEXT without values, with `?` for each line whose form is not known.
  public static func redactContext(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    // What stands in quotes may have line breaks: it goes first.
    let redacted = redactMessage(text)
    let lines = redacted.split(separator: 0x0A, omittingEmptySubsequences: false)
    var out: [UInt8] = []
    for (index, line) in lines.enumerated() {
      if index > 0 { out.append(0x0A) }
      out += line.withUnsafeBufferPointer { isContext($0) } ? Array(line) : [0x3F]
    }
    return out
  }

  /// The processes wait for locks; behind that stand their statements, which go.
  private static func redactDeadlock(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    for line in text.split(separator: 0x0A) {
      let line = UnsafeBufferPointer(rebasing: line)
      guard isWaiting(line) else { break }
      if !out.isEmpty { out.append(0x0A) }
      out += redactMessage(line)
    }
    return out.isEmpty ? [0x3F] : out
  }

  /// `Process 1 waits for ShareLock on transaction 2; blocked by process 3.`
  private static func isWaiting(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard starts(line, "Process ") else { return false }
    let number = line[8...].prefix { $0 &- 0x30 < 10 }
    return !number.isEmpty
      && starts(UnsafeBufferPointer(rebasing: line[number.endIndex...]), " waits for ")
  }

  private static func isContext(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    if line.isEmpty || line.elementsEqual([0x3F]) { return true }
    if starts(line, "COPY ") {
      // The word is the same in every language.
      let rest = Array(line)
      return rest.indices.contains { rest[$0...].starts(with: ", line ".utf8) }
    }
    return contextForms.contains { starts(line, $0) }
  }

  static func starts(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
    starts(text, 0, word)
  }

  private static func bytes(_ word: StaticString) -> [UInt8] {
    Array(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  // A statement follows, or a command.
  private static let statementForms: [StaticString] = [
    "Failed process was running: ", "The failed archive command was: ", "prepare: ",
  ]

  private static let detailForms: [StaticString] = [
    "Key (", "Failing row contains (", "Partition key of the failing row contains (",
    "Process holding the lock: ", "Processes holding the lock: ", "parameters: $",
    "Parameters: $", "Token \"", "The input string ended unexpectedly", "Expected JSON value",
    "Expected \"", "Expected array element", "Expected string", "Expected end of input",
    "Character with value ", "A field with precision ", "Array dimensions ",
    "Unexpected array element", "Unexpected \"", "Unmatched ", "Junk after closing",
    "Connection matched ", "Role \"", "User \"", "Password does not match for user ",
    "User does not have ", "Source process with PID ", "drop cascades to ", "owner of ",
    "privileges for ", "Returned type ", "Returned row contains ", "Table has ", "Query has ",
    "Number of returned columns ", "Final statement ", "Column \"", "User was holding ",
    "User query might have ", "User transaction caused ", "Reason code: ",
    "last completed transaction was ", "Last completed transaction was ",
    "Streaming transactions committing after ", "Logical decoding will begin ",
    "There are no running transactions", "There are no old transactions", "The database was ",
    "The postmaster has commanded ", "There is ", "There are ",
  ]

  private static let contextForms: [StaticString] = [
    "PL/pgSQL function ", "SQL statement \"", "SQL function \"", "JSON data, ", "while ",
    "automatic vacuum of table ", "automatic analyze of table ", "unnamed portal with parameters: ",
    "portal \"", "SQL expression \"", "PL/pgSQL assignment \"", "parallel worker", "WAL redo at ",
    "slot \"", "compilation of PL/pgSQL function ", "PL/Perl function ", "PL/Python function ",
    "PL/Tcl function ", "extension script file ", "processing remote data ",
  ]
}
