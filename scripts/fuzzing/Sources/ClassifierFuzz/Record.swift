internal import TestSupport

/// A record of a log, by one byte and its message.
enum Record {
  private static let tags = ["SELECT", "BIND", "PARSE", "idle", "COMMIT", "INSERT", "UPDATE", ""]

  /// Bits 0 and 1: session; 2: of a function; 3: failed; 4: has STATEMENT; 5 to 7: command tag.
  static func text(
    _ around: UInt8, _ message: Slice<UnsafeBufferPointer<UInt8>>, _ lines: inout [Int: Int]
  ) -> String {
    let session = Int(around & 3)
    let line = lines[session, default: 0] + 1
    lines[session] = line
    var record = CSVLogLine(
      String(decoding: message.filter { $0 != 0 }, as: UTF8.self), line: line)
    record.session = "6b04901\(session).678\(session)"
    if around & 4 != 0 { record.context = "PL/pgSQL function f() line 1 at PERFORM" }
    if around & 8 != 0 {
      record.severity = "ERROR"
      record.sqlstate = "42601"
    }
    if around & 16 != 0 { record.statement = "select 1" }
    record.tag = tags[Int(around >> 5)]
    return record.text
  }
}
