/// One pass of `ShapeHasher` over a text.
struct ShapePass {
  /// What a hashed item is; with a length below 8 it fits into the last byte of a word.
  private enum Item {
    static let value: UInt64 = 1
    static let word: UInt64 = 2
    static let quotedName: UInt64 = 3
    static let code: UInt64 = 4
    static let unterminated: UInt64 = 5
    static let brokenList: UInt64 = 6
    static let row: UInt64 = 7
    static let rowCount: UInt64 = 8
    static let end: UInt64 = 9
    static let openRow: UInt64 = 10
    static let position: UInt64 = 11
  }

  /// The rows of a VALUES that is being read: alike, they are hashed once.
  private struct Rows {
    var isOpen = false
    var areAlike = true
    var depth = 0
    var count: UInt64 = 0
    var first: UInt64 = 0
    /// The hash of what stands around the rows.
    var outer: UInt64 = 0
  }

  // Odd constants with as many ones as zeroes (wyhash's): for the last bytes of an item, and for
  // eight bytes within one, so that the two can't be taken for each other.
  private static let keyLast: UInt64 = 0xA076_1D64_78BD_642F
  private static let keyFull: UInt64 = 0xE703_7ED1_A0B4_28DB

  private let base: UnsafePointer<UInt8>
  private let seed: UInt64
  private var lexer: SQLLexer
  private var hash: UInt64
  private var rows = Rows()
  private var positions = OutputPositions()

  init(_ text: UnsafeBufferPointer<UInt8>, seed: UInt64) {
    base = text.baseAddress ?? ByteClass.table
    lexer = SQLLexer(text)
    self.seed = seed
    hash = seed
  }

  mutating func run() -> UInt64 {
    var token = lexer.scan()
    var isAfterDot = false
    var isAfterMinus = false
    while true {
      let isQualified = isAfterDot
      isAfterDot = false
      let mayBeSigned = isAfterMinus
      isAfterMinus = false
      switch token.kind {
      case .word:
        fold(bytes: token)
        positions.note(word: token, isQualified: isQualified, base)
        let count = token.end &- token.start
        if !isQualified, count == 2 || count == 5 || count == 6, opensList(token) {
          token = list(after: token)
          continue
        }
      case .number:
        if positions.note(number: token, base, before: lexer) {
          fold(raw: token, Item.position)
        } else {
          // A sign is part of a number, but of nothing else.
          fold(Item.value, mayBeSigned ? 1 : 0)
        }
      case .string, .parameter:
        positions.noteOther()
        fold(Item.value, 0)
      case .punctuation:
        positions.note(punctuation: base[token.start])
        fold(Item.code, UInt64(base[token.start]))
        isAfterDot = base[token.start] == 0x2E
        if rows.isOpen, base[token.start] == 0x28 {
          rows.depth &+= 1
        } else if rows.isOpen, base[token.start] == 0x29 {
          rows.depth &-= 1
          if rows.depth == 0 {
            token = endRow()
            continue
          }
        }
      case .endOfText:
        if rows.isOpen { endOpenRow() }
        fold(Item.end, lexer.endsInComment ? 1 : 0)
        return hash
      default:
        positions.noteOther()
        isAfterMinus = token.end &- token.start == 1 && base[token.start] == 0x2D
        fold(raw: token, token.kind == .quotedName ? Item.quotedName : Item.code)
      }
      if token.isUnterminated { fold(Item.unterminated, 0) }
      token = lexer.scan()
    }
  }

  // MARK: - Lists

  @inline(__always)
  private func opensList(_ word: SQLToken) -> Bool {
    switch Words.pack(base, word) {
    case Words.pack("in"), Words.pack("array"), Words.pack("values"): true
    default: false
    }
  }

  /// What follows IN, ARRAY or VALUES; the token to go on with.
  private mutating func list(after word: SQLToken) -> SQLToken {
    let open = lexer.scan()
    let isArray = word.end &- word.start == 5
    guard open.kind == .punctuation, base[open.start] == (isArray ? 0x5B : 0x28) else {
      return open
    }
    positions.note(punctuation: base[open.start])
    if word.end &- word.start == 6, !rows.isOpen {
      rows = Rows()
      rows.isOpen = true
      rows.depth = 1
      rows.outer = hash
      hash = seed
      return lexer.scan()
    }
    fold(Item.code, UInt64(base[open.start]))
    if rows.isOpen, !isArray { rows.depth &+= 1 }
    if word.end &- word.start == 6 { return lexer.scan() }
    return constants(close: isArray ? 0x5D : 0x29)
  }

  /// Constants and commas: one constant if nothing else is in the list, else as many as there are.
  private mutating func constants(close: UInt8) -> SQLToken {
    var count: UInt64 = 0
    while true {
      var token = lexer.scan()
      let isSigned =
        token.kind == .symbol && token.end &- token.start == 1 && base[token.start] == 0x2D
      if isSigned { token = lexer.scan() }
      guard isSigned ? token.kind == .number : token.isValue, !token.isUnterminated else {
        fold(Item.brokenList, count &<< 2 | (isSigned ? 2 : 0))
        return token
      }
      count &+= 1
      token = lexer.scan()
      if token.kind == .punctuation, base[token.start] == 0x2C { continue }
      if token.kind == .punctuation, base[token.start] == close {
        fold(Item.value, 0)
      } else {
        fold(Item.brokenList, count &<< 2 | 1)
      }
      return token
    }
  }

  /// The parenthesis of a row was closed; the token to go on with.
  private mutating func endRow() -> SQLToken {
    let row = hash
    hash = rows.outer
    if rows.count == 0 {
      rows.first = row
    } else if rows.areAlike, row != rows.first {
      rows.areAlike = false
      foldFirstRows()
    }
    if !rows.areAlike {
      fold(Item.row, 0)
      fold(full: row)
    }
    rows.count &+= 1
    rows.outer = hash
    let token = lexer.scan()
    guard token.kind == .punctuation, base[token.start] == 0x2C else {
      endRows()
      return token
    }
    positions.note(punctuation: 0x2C)
    let next = lexer.scan()
    guard next.kind == .punctuation, base[next.start] == 0x28 else {
      endRows()
      fold(Item.code, 0x2C)
      return next
    }
    positions.note(punctuation: 0x28)
    rows.depth = 1
    hash = seed
    return lexer.scan()
  }

  private mutating func endRows() {
    if rows.areAlike {
      fold(Item.row, 0)
      fold(full: rows.first)
    }
    rows.isOpen = false
  }

  private mutating func foldFirstRows() {
    fold(Item.rowCount, rows.count)
    fold(full: rows.first)
  }

  private mutating func endOpenRow() {
    let row = hash
    hash = rows.outer
    if rows.areAlike { foldFirstRows() }
    fold(Item.openRow, 0)
    fold(full: row)
  }

  // MARK: - Hashing

  @inline(__always)
  private mutating func fold(_ item: UInt64, _ payload: UInt64) {
    mix(payload | (item &<< 3 | 7) &<< 56, Self.keyLast)
  }

  @inline(__always)
  private mutating func fold(full word: UInt64) { mix(word, Self.keyFull) }

  /// A word, in lower case.
  @inline(__always)
  private mutating func fold(bytes token: SQLToken) {
    var at = token.start
    while at &+ 8 <= token.end {
      mix(Self.lower(ByteScan.load(base, at)), Self.keyFull)
      at &+= 8
    }
    let count = token.end &- at
    mix(Self.lower(rest(at, count)) | (Item.word &<< 3 | UInt64(count)) &<< 56, Self.keyLast)
  }

  @inline(__always)
  private mutating func fold(raw token: SQLToken, _ item: UInt64) {
    var at = token.start
    while at &+ 8 <= token.end {
      mix(ByteScan.load(base, at), Self.keyFull)
      at &+= 8
    }
    let count = token.end &- at
    mix(rest(at, count) | (item &<< 3 | UInt64(count)) &<< 56, Self.keyLast)
  }

  /// `count` bytes, fewer than eight.
  @inline(__always)
  private func rest(_ at: Int, _ count: Int) -> UInt64 {
    if at &+ 8 <= lexer.count {
      return ByteScan.load(base, at) & ((1 &<< (UInt64(count) &<< 3)) &- 1)
    }
    var word: UInt64 = 0
    var index = count
    while index > 0 {
      index &-= 1
      word = word &<< 8 | UInt64(base[at &+ index])
    }
    return word
  }

  /// A–Z of eight bytes as a–z; bytes above 127 stay.
  @inline(__always)
  private static func lower(_ word: UInt64) -> UInt64 {
    let low = word & 0x7F7F_7F7F_7F7F_7F7F
    let fromA = low &+ 0x3F3F_3F3F_3F3F_3F3F
    let aboveZ = low &+ 0x2525_2525_2525_2525
    let capitals = fromA & ~aboveZ & ~word & 0x8080_8080_8080_8080
    return word | capitals &>> 2
  }

  @inline(__always)
  private mutating func mix(_ word: UInt64, _ key: UInt64) {
    let product = (hash ^ word).multipliedFullWidth(by: key)
    // Adding the word keeps the hash from being absorbed when the product is zero.
    hash = (product.high ^ product.low) &+ word
  }
}
