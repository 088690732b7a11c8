/// Recognises the beginning of a csvlog record:
/// `YYYY-MM-DD HH:MM:SS.mmm ZONE,user,database,pid,connection,session.id,line,`
/// A parser that lost its way goes on at the next line that looks like this.
enum RecordStart {
  enum Answer { case yes, no, needsMoreBytes }

  /// Longest beginning that is looked at; names in PostgreSQL are at most 63 bytes, hosts 255.
  static let bytesMax = 1024

  static func matches(_ base: UnsafePointer<UInt8>, at start: Int, end: Int) -> Answer {
    var scan = Scan(base: base, at: start, end: min(end, start + bytesMax), cut: end)
    return scan.run()
  }

  private struct Scan {
    let base: UnsafePointer<UInt8>
    var at: Int
    let end: Int
    let cut: Int

    /// The answer when the bytes end: with more of them it may still become a start.
    private var exhausted: Answer { end == cut ? .needsMoreBytes : .no }

    mutating func run() -> Answer {
      // d: digit, everything else stands for itself.
      for expected in "dddd-dd-dd dd:dd:dd.ddd ".utf8 {
        guard at < end else { return exhausted }
        let byte = base[at]
        let fits = expected == UInt8(ascii: "d") ? byte >= 48 && byte <= 57 : byte == expected
        guard fits else { return .no }
        at += 1
      }
      var zone = 0
      while at < end, base[at] != UInt8(ascii: ",") {
        guard base[at] > 32, base[at] != UInt8(ascii: "\""), zone < 10 else { return .no }
        zone += 1
        at += 1
      }
      guard at < end else { return exhausted }
      guard zone > 0 else { return .no }
      at += 1
      for step in [quoted(), quoted(), number(), quoted(), session(), number()] where step != .yes {
        return step
      }
      return .yes
    }

    /// An optional quoted field and the comma behind it. Evaluated in order of the list above.
    private mutating func quoted() -> Answer {
      guard at < end else { return exhausted }
      if base[at] == UInt8(ascii: "\"") {
        at += 1
        while true {
          let quote = Bytes.find(UInt8(ascii: "\""), base, from: at, end: end)
          guard quote + 1 < end else { return exhausted }
          at = quote + 1
          guard base[at] == UInt8(ascii: "\"") else { break }
          at += 1
        }
      }
      return comma()
    }

    private mutating func number() -> Answer {
      let from = at
      while at < end, base[at] >= 48, base[at] <= 57 { at += 1 }
      guard at < end else { return exhausted }
      return at > from ? comma() : .no
    }

    private mutating func session() -> Answer {
      let from = at
      while at < end, base[at] != UInt8(ascii: ",") {
        let byte = base[at]
        guard byte >= 48 && byte <= 57 || byte >= 97 && byte <= 102 || byte == UInt8(ascii: ".")
        else { return .no }
        at += 1
      }
      guard at < end else { return exhausted }
      return at > from ? comma() : .no
    }

    private mutating func comma() -> Answer {
      guard at < end else { return exhausted }
      guard base[at] == UInt8(ascii: ",") else { return .no }
      at += 1
      return .yes
    }
  }
}
