/// What a token is.
public enum SQLTokenKind: UInt8, Sendable {
  /// Nothing is left.
  case endOfText
  /// A keyword or an unquoted name.
  case word
  /// `"name"` or `U&"name"`, with its UESCAPE.
  case quotedName
  /// A constant in quotes: `''`, `E''`, `U&''` with its UESCAPE, `B''`, `X''`, `N''`, `$$…$$`, with
  /// what continues it on the next line.
  case string
  /// A number without sign.
  case number
  /// `$1`
  case parameter
  /// An operator, `=>` and `*` included.
  case symbol
  /// One of `( ) [ ] , ; : .`
  case punctuation
  /// `::`
  case cast
  /// `:=`
  case assign
  /// `..`
  case dots
  /// A byte that no token begins with.
  case other
}

/// A token: its kind and where it stands in the text.
public struct SQLToken: Sendable, Equatable {
  /// What it is.
  public var kind: SQLTokenKind
  /// The text ended before the token did.
  public var isUnterminated: Bool
  /// First byte.
  public var start: Int
  /// One past the last byte.
  public var end: Int

  @inline(__always)
  init(_ kind: SQLTokenKind, _ start: Int, _ end: Int, unterminated: Bool = false) {
    self.kind = kind
    self.start = start
    self.end = end
    isUnterminated = unterminated
  }

  /// A constant or a parameter.
  public var isValue: Bool { kind == .string || kind == .number || kind == .parameter }
}
