/// Takes passwords out of a text, whatever the text is: SQL, a statement that the grammar refuses,
/// a plan's JSON, an error message.
///
/// Found by their surroundings, not by grammar, and in literals, comments and dollar quotes too:
/// the value behind `password` (`PASSWORD '…'`, `password=…`, `"password": "…"`, `PGPASSWORD=…`,
/// `passwd`), and the password of a URI (`scheme://user:…@host`). In doubt more is taken out.
public enum CredentialScrubber {
  /// What stands where a password was.
  public static let mask: StaticString = "********"

  /// `text` without passwords; nil when there are none. Linear.
  public static func scrub(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard let base = text.baseAddress else { return nil }
    var ranges = passwords(base, text.count)
    ranges += uriPasswords(base, text.count)
    guard !ranges.isEmpty else { return nil }
    ranges.sort { $0.lowerBound < $1.lowerBound }
    var out: [UInt8] = []
    out.reserveCapacity(text.count + 8)
    var at = 0
    for range in ranges {
      // Two rules may have found the same password.
      guard range.lowerBound >= at else {
        at = max(at, range.upperBound)
        continue
      }
      out.append(contentsOf: text[at..<range.lowerBound])
      out.append(
        contentsOf: UnsafeBufferPointer(start: mask.utf8Start, count: mask.utf8CodeUnitCount))
      at = range.upperBound
    }
    out.append(contentsOf: text[at...])
    return out
  }

  // MARK: - URI

  private static func uriPasswords(_ base: UnsafePointer<UInt8>, _ count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    while true {
      at = ByteScan.find(0x3A, in: base, from: at, to: count)
      guard at + 2 < count else { return found }
      guard base[at + 1] == 0x2F, base[at + 2] == 0x2F else {
        at += 1
        continue
      }
      at += 3
      var colon: Int?
      var host: Int?
      scan: while at < count {
        switch base[at] {
        case 0x3A where colon == nil: colon = at
        case 0x40: host = at
        case 0x2F, 0x00...0x20, 0x22, 0x3C, 0x3E, 0x60: break scan
        case 0x27:
          // Doubled, the quote belongs to a password within a literal.
          guard at + 1 < count, base[at + 1] == 0x27 else { break scan }
          at += 1
        default: break
        }
        at += 1
      }
      if let colon, let host, colon + 1 < host { found.append(colon + 1..<host) }
    }
  }

  // MARK: - password

  private static func passwords(_ base: UnsafePointer<UInt8>, _ count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 4
    while true {
      at = ByteScan.find(0x77, or: 0x57, in: base, from: at, to: count)
      guard at < count else { return found }
      defer { at += 1 }
      guard lower(base, at - 4) == 0x70, lower(base, at - 3) == 0x61,
        lower(base, at - 2) == 0x73, lower(base, at - 1) == 0x73
      else { continue }
      var end = at + 1
      if end + 2 < count, lower(base, end) == 0x6F, lower(base, end + 1) == 0x72,
        lower(base, end + 2) == 0x64
      {
        end += 3
      } else if end < count, lower(base, end) == 0x64 {
        end += 1
      } else {
        continue
      }
      var reader = PasswordReader(base: base, count: count, at: end)
      reader.read(&found)
      // What was read is not read again, which keeps the whole linear.
      at = max(at, reader.at - 1)
    }
  }

  private static func lower(_ base: UnsafePointer<UInt8>, _ at: Int) -> UInt8 {
    Words.lower(base[at])
  }
}
