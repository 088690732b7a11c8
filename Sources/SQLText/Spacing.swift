/// Where a canonical text has a space: a function of two neighbouring tokens, such that the text is
/// read as the same tokens again.
struct Spacing {
  /// A token, as far as spaces and signs need it.
  enum Piece {
    case start, opener, keyword, name, value, symbol, sign, open, `subscript`, close, comma, dot
    case colon, cast, assign, dots, semicolon, other
  }

  private(set) var last: Piece = .start

  mutating func wrote(_ piece: Piece) { last = piece }

  /// An operand may begin here, and a minus is its sign.
  var operandMayBegin: Bool {
    switch last {
    case .start, .opener, .symbol, .sign, .open, .comma, .colon, .assign, .semicolon: true
    default: false
    }
  }

  func needsSpace(before next: Piece) -> Bool {
    switch last {
    case .start: return false
    case .open: return false
    case .dot: return next == .dot || next == .dots
    case .dots: return next == .dot || next == .dots
    case .cast: return next == .colon || next == .cast || next == .assign
    case .colon:
      switch next {
      case .colon, .cast, .assign, .symbol, .sign: return true
      default: return false
      }
    case .sign:
      if next == .symbol || next == .sign { return true }
    default: break
    }
    switch next {
    case .comma, .semicolon, .close: return false
    case .dot, .cast, .dots, .colon: return last == .other
    case .other: return true
    case .open: return last != .name && last != .sign
    case .subscript:
      switch last {
      case .symbol, .comma, .other, .assign, .semicolon: return true
      default: return false
      }
    default: return last != .sign
    }
  }

  /// The piece of a token that is neither word, value, operator nor punctuation.
  static func piece(_ kind: SQLTokenKind) -> Piece {
    switch kind {
    case .cast: .cast
    case .assign: .assign
    case .dots: .dots
    case .quotedName: .name
    default: .other
    }
  }
}
