/// Finds the words behind which a credential may stand.
struct CredentialWords {
  /// What a word says of what follows it.
  enum Kind {
    /// The name of a secret: password, passwd, pwd, secret, client_key.
    case secret
    /// PROGRAM of a COPY: a command of the shell follows.
    case program
    /// A setting whose value is a command or a connection string.
    case setting
    /// `command "…"` and `command was: …` of a message.
    case command
    /// A name that is of a secret when it is a setting's or a text's, not a column's: token.
    case token
    /// The name of a function, as far as a parenthesis follows, whose arguments are secret: crypt,
    /// pgp_sym_encrypt, hmac, create_aws_credentials.
    case call
    /// `U&"`: which name it is, the escapes hide.
    case unicodeName
  }

  /// A word: where its first byte and the one past its last are.
  struct Found {
    var kind: Kind
    var start: Int
    var end: Int
  }

  let base: UnsafePointer<UInt8>
  let count: Int

  /// The first word whose letter of recognition is at `from` or behind it; `next` is where the
  /// search goes on.
  func next(from: Int) -> Found? {
    var at = from
    while true {
      at = ByteScan.findCredentialLetter(in: base, from: at, to: count)
      guard at < count else { return nil }
      if let found = word(at) { return found }
      at += 1
    }
  }

  private func word(_ at: Int) -> Found? {
    switch Words.lower(base[at]) {
    case UInt8(ascii: "w"): password(at)
    case UInt8(ascii: "g"): program(at)
    case UInt8(ascii: "c"): secret(at) ?? setting(at) ?? call(at)
    case UInt8(ascii: "k"): key(at)
    case 0x26: unicodeName(at)
    default: nil
    }
  }

  private func password(_ at: Int) -> Found? {
    if has("pass", at - 4) {
      if has("ord", at + 1) { return Found(kind: .secret, start: at - 4, end: at + 4) }
      if has("d", at + 1) { return Found(kind: .secret, start: at - 4, end: at + 2) }
    }
    guard has("pwd", at - 1) else { return nil }
    return Found(kind: .secret, start: at - 1, end: at + 2)
  }

  private func program(_ at: Int) -> Found? {
    guard has("program", at - 3), !isWordByte(at - 4), !isWordByte(at + 4) else { return nil }
    return Found(kind: .program, start: at - 3, end: at + 4)
  }

  private func secret(_ at: Int) -> Found? {
    guard has("secret", at - 2) else { return nil }
    return Found(kind: .secret, start: at - 2, end: at + 4)
  }

  private func setting(_ at: Int) -> Found? {
    if has("conninfo", at) { return Found(kind: .setting, start: at, end: at + 8) }
    guard has("command", at) else { return nil }
    let end = at + 7
    for name: StaticString in ["archive_", "restore_", "cleanup_", "end_", "passphrase_"]
    where has(name, at - name.utf8CodeUnitCount) {
      return Found(kind: .setting, start: at, end: end)
    }
    guard end + 1 < count, base[end] == 0x20 else { return nil }
    let follower = base[end + 1]
    guard follower == 0x22 || follower == 0x5C || follower | 0x20 == 0x77 else { return nil }
    return Found(kind: .command, start: at, end: end)
  }

  /// Every function with such a word in its name: those of pgcrypto, and what others built on them.
  private func call(_ at: Int) -> Found? {
    if has("crypt", at) { return Found(kind: .call, start: at, end: at + 5) }
    if has("hmac", at - 3) { return Found(kind: .call, start: at - 3, end: at + 1) }
    return has("credential", at) ? Found(kind: .call, start: at, end: at + 10) : nil
  }

  private func key(_ at: Int) -> Found? {
    if has("token", at - 2) { return Found(kind: .token, start: at - 2, end: at + 3) }
    if has("apikey", at - 3) { return Found(kind: .secret, start: at - 3, end: at + 3) }
    guard has("_key", at - 1) else { return nil }
    for name: StaticString in ["access", "client", "server", "private", "api"]
    where has(name, at - 1 - name.utf8CodeUnitCount) {
      return Found(kind: .secret, start: at - 1 - name.utf8CodeUnitCount, end: at + 3)
    }
    return nil
  }

  private func unicodeName(_ at: Int) -> Found? {
    guard has("u&\"", at - 1) else { return nil }
    return Found(kind: .unicodeName, start: at - 1, end: at + 2)
  }

  /// Whether `word`, given in lower case, stands at `at`, which may lie outside of the text.
  private func has(_ word: StaticString, _ at: Int) -> Bool {
    guard at >= 0, at + word.utf8CodeUnitCount <= count else { return false }
    var index = 0
    while index < word.utf8CodeUnitCount {
      guard Words.lower(base[at + index]) == word.utf8Start[index] else { return false }
      index += 1
    }
    return true
  }

  private func isWordByte(_ at: Int) -> Bool {
    at >= 0 && at < count && ByteClass.table[Int(base[at])] >= ByteClass.firstOfWord
  }
}
