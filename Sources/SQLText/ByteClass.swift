/// Classes of bytes, as a table in the program's constants: it needs no set-up and no check.
enum ByteClass {
  static let space = UInt8(ascii: " ")
  static let symbol = UInt8(ascii: "O")
  static let dash = UInt8(ascii: "-")
  static let slash = UInt8(ascii: "/")
  static let punctuation = UInt8(ascii: "P")
  /// Classes from here on go on with a word.
  static let firstOfWord = UInt8(ascii: "a")
  static let letter = UInt8(ascii: "a")
  static let digit = UInt8(ascii: "d")
  /// A letter that may stand before a quote.
  static let prefixLetter = UInt8(ascii: "e")

  /// 256 classes; `h` is `$`, which goes on with a word, the others stand for themselves.
  static var table: UnsafePointer<UInt8> { text.utf8Start }

  private static let text: StaticString = """
    ?????????     ?????????????????? OQOhOO'PPOOP-./dddddddddd:POOOO\
    OaeaaeaaaaaaaaeaaaaaaeaaeaaP?POaOaeaaeaaaaaaaaeaaaaaaeaaeaa?O?O?\
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    """
}
