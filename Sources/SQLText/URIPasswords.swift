/// The passwords of URIs: `scheme://user:…@host`, and the values of parameters whose names are
/// written with escapes (`?pass%77ord=…`).
enum URIPasswords {
  static func find(_ base: UnsafePointer<UInt8>, _ count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    while true {
      at = ByteScan.find(0x3A, in: base, from: at, to: count)
      guard at + 2 < count else { return found }
      guard base[at + 1] == 0x2F, base[at + 2] == 0x2F else {
        at += 1
        continue
      }
      let isWeb = isOfWeb(base, at)
      at += 3
      if let password = authority(base, count, &at, isWeb: isWeb) { found.append(password) }
      parameters(base, count, &at, &found)
    }
  }

  /// `http` and `https` stand in prose, where a blank ends them.
  private static func isOfWeb(_ base: UnsafePointer<UInt8>, _ colon: Int) -> Bool {
    func has(_ word: StaticString, _ at: Int) -> Bool {
      at >= 0
        && (0..<word.utf8CodeUnitCount).allSatisfy {
          Words.lower(base[at + $0]) == word.utf8Start[$0]
        }
    }
    return has("http", colon - 4) || has("https", colon - 5)
  }

  /// Libpq ends the password at `@` or `/` alone. Leaves `at` behind what was read.
  private static func authority(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ at: inout Int, isWeb: Bool
  ) -> Range<Int>? {
    var colon: Int?
    var host: Int?
    var softEnd: Int?
    scan: while at < count {
      switch base[at] {
      case 0x3A where colon == nil: colon = at
      case 0x40: host = at
      case 0x2F, 0x00...0x1F: break scan
      case 0x20, 0x22, 0x3C, 0x3E, 0x60:
        if host != nil || colon == nil || isWeb { break scan }
        softEnd = softEnd ?? at
      case 0x27:
        // Doubled, the quote belongs to a password within a literal.
        guard at + 1 < count, base[at + 1] == 0x27 else { break scan }
        at += 1
      default: break
      }
      at += 1
    }
    guard let colon, let host, colon + 1 < host else {
      // Another URI may begin there; its `/` ended this search, so the whole stays linear.
      at = softEnd ?? at
      return nil
    }
    return colon + 1..<host
  }

  /// Values of the parameters that have an escape in their name.
  private static func parameters(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ at: inout Int, _ found: inout [Range<Int>]
  ) {
    var key: Int?
    var isEscaped = false
    while at < count, base[at] > 0x20, base[at] != 0x27, base[at] != 0x22 {
      switch base[at] {
      case 0x3F, 0x26:
        key = at + 1
        isEscaped = false
      case 0x25 where key != nil: isEscaped = true
      case 0x3D where key != nil:
        key = nil
        guard isEscaped else { break }
        let start = at + 1
        at = start
        while at < count, base[at] > 0x20, base[at] != 0x26, base[at] != 0x27 { at += 1 }
        if at > start { found.append(start..<at) }
        continue
      default: break
      }
      at += 1
    }
  }
}
