/// libpq's text about a connection: first lines only, with the SQLSTATE that verbose errors carry.
struct ConnectionMessage {
  let text: String
  let sqlState: String?

  init(_ raw: String) {
    // Further lines are LOCATION, advice, or attempts at other addresses: keep the attempts.
    let lines = raw.split(separator: "\n").filter { !$0.hasPrefix("\t") }
    let attempts = lines.filter { $0.hasPrefix("connection to ") }
    var kept = attempts.isEmpty ? lines.prefix(1).map { String($0) } : attempts.map { String($0) }
    var found: String?
    for index in kept.indices {
      guard let match = Self.state(in: kept[index]) else { continue }
      found = match.state
      kept[index].removeSubrange(match.range)
    }
    text = kept.isEmpty ? "no reason given" : kept.joined(separator: "; ")
    sqlState = found
  }

  /// Five digits or capitals between ":  " and ": ", as in `FATAL:  28P01: password …`.
  private static func state(in line: String) -> (state: String, range: Range<String.Index>)? {
    let bytes = line.utf8
    var at = bytes.startIndex
    while let colon = bytes[at...].firstIndex(of: UInt8(ascii: ":")) {
      at = bytes.index(after: colon)
      guard bytes[at...].starts(with: "  ".utf8) else { continue }
      let start = bytes.index(at, offsetBy: 2)
      guard let end = bytes.index(start, offsetBy: 5, limitedBy: bytes.endIndex) else { return nil }
      guard bytes[end...].starts(with: ": ".utf8) else { continue }
      guard bytes[start..<end].allSatisfy(isStateByte) else { continue }
      return (String(line[start..<end]), start..<bytes.index(end, offsetBy: 2))
    }
    return nil
  }

  private static func isStateByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
}
