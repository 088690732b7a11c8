/// Takes passwords out of a text, whatever the text is: SQL, a statement that the grammar refuses,
/// a plan's JSON, an error message.
///
/// Found by their surroundings, not by grammar, and in literals, comments and dollar quotes too:
/// the value behind the name of a secret (`PASSWORD '…'`, `password=…`, `"password": "…"`,
/// `'password', '…'`, `PGPASSWORD=…`, `client_secret`), the password of a URI
/// (`scheme://user:…@host`), and the whole command of COPY … PROGRAM, archive_command and the like.
/// In doubt more is taken out.
public enum CredentialScrubber {
  /// What stands where a password was.
  public static let mask: StaticString = "********"

  /// Whether `scrub` may find something: a word is there, or a URI with a user. False for nearly
  /// every text, at little more than the cost of reading it.
  public static func isSuspect(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = text.baseAddress else { return false }
    if CredentialWords(base: base, count: text.count).next(from: 0) != nil { return true }
    var at = 0
    while true {
      at = ByteScan.find(0x3A, in: base, from: at, to: text.count)
      guard at + 2 < text.count else { return false }
      if base[at + 1] == 0x2F, base[at + 2] == 0x2F {
        return ByteScan.find(0x40, or: 0x25, in: base, from: at, to: text.count) < text.count
      }
      at += 1
    }
  }

  /// Whether a name (of a setting, a key, a tag) is that of a secret or of what may hold one.
  public static func namesSecret(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = name.baseAddress else { return false }
    let words = CredentialWords(base: base, count: name.count)
    var from = 0
    while let found = words.next(from: from) {
      if found.kind == .secret || found.kind == .setting { return true }
      from = found.end
    }
    return false
  }

  /// Whether a text as a whole is the name of a setting of an extension or application that holds a
  /// secret: `app.token`.
  public static func namesSecretSetting(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = name.baseAddress, name.count < 128, name.contains(0x2E),
      name.allSatisfy({ $0 == 0x2E || ByteClass.table[Int($0)] >= ByteClass.firstOfWord })
    else { return false }
    let kind = CredentialWords(base: base, count: name.count).next(from: 0)?.kind
    return kind == .secret || kind == .setting || kind == .token
  }

  /// What is stored of a setting's value: nothing when the name says that it is a secret, a command
  /// or a connection string, otherwise the value without passwords. Paths of key files stay.
  public static func scrubSetting(name: String, value: String) -> String {
    let lower = name.lowercased()
    let isSecret =
      ["conninfo", "_command", "password", "passwd", "secret", "passphrase", "token"].contains {
        lower.contains($0)
      } || lower.split(whereSeparator: { $0 == "_" || $0 == "." }).contains("key")
    // password_encryption names a method.
    let isHarmless = lower == "password_encryption" || lower == "ssl_key_file"
    guard !value.isEmpty, !isHarmless else { return value }
    if isSecret { return "\(mask)" }
    let bytes = Array(value.utf8)
    return bytes.withUnsafeBufferPointer { scrub($0) }
      .map { String(decoding: $0, as: UTF8.self) } ?? value
  }

  /// The passwords that `scrub` would take out, as they stand in the text.
  public static func secrets(_ text: UnsafeBufferPointer<UInt8>) -> [[UInt8]] {
    found(text).map { Array(text[$0]) }
  }

  private static func found(_ text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    guard let base = text.baseAddress, isSuspect(text) else { return [] }
    return passwords(base, text.count).ranges + URIPasswords.find(base, text.count)
  }

  /// The numbers of the parameters that a statement takes as passwords: `password = $1`.
  public static func secretParameters(_ text: UnsafeBufferPointer<UInt8>) -> [Int] {
    guard let base = text.baseAddress else { return [] }
    return passwords(base, text.count).parameters
  }

  /// `text` without passwords; nil when there are none. Linear.
  public static func scrub(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var ranges = found(text)
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

  private static func passwords(
    _ base: UnsafePointer<UInt8>, _ count: Int
  ) -> (ranges: [Range<Int>], parameters: [Int]) {
    var found: [Range<Int>] = []
    var parameters: [Int] = []
    let words = CredentialWords(base: base, count: count)
    var from = 0
    var counted = 0
    var isInLiteral = false
    while let word = words.next(from: from) {
      while counted < word.end {
        if base[counted] == 0x27 { isInLiteral.toggle() }
        counted += 1
      }
      var reader = PasswordReader(base: base, count: count, word, isInLiteral: isInLiteral)
      reader.read(&found)
      parameters += reader.parameters
      // What was read is not read again, which keeps the whole linear.
      from = max(word.end, reader.at)
    }
    return (found, parameters)
  }
}
