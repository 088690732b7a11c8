/// A path as the system has it: bytes without NUL, in no promised encoding.
public struct LogPath: Sendable, Hashable, Comparable {
  /// The bytes, without a terminating NUL.
  public let bytes: [UInt8]

  /// A path by its bytes; what follows a NUL is dropped.
  public init(bytes: [UInt8]) {
    self.bytes = Array(bytes.prefix { $0 != 0 })
  }

  /// A path by its UTF-8 text, taken as it is.
  public init(_ text: String) { self.init(bytes: Array(text.utf8)) }

  /// Reads back what `escaped` gives.
  public init(escaped text: String) { self.init(bytes: LogPathEscapes.decode(Array(text.utf8))) }

  /// The path as printable text, the same for every terminal: control characters, characters that
  /// change the direction of text, bytes that are no UTF-8 and the backslash are escaped
  /// (`\n`, `\t`, `\\`, `\x1B`). `LogPath(escaped:)` is the inverse.
  public var escaped: String { LogPathEscapes.encode(bytes) }

  /// By bytes.
  public static func < (a: LogPath, b: LogPath) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }

  /// The path of `name` inside this directory.
  func appending(_ name: [UInt8]) -> LogPath {
    let slash = UInt8(ascii: "/")
    return LogPath(bytes: bytes.last == slash ? bytes + name : bytes + [slash] + name)
  }

  /// The directory that holds it.
  public var parent: LogPath {
    let slash = UInt8(ascii: "/")
    var end = bytes.count
    while end > 1, bytes[end - 1] == slash { end -= 1 }
    guard let last = bytes[..<end].lastIndex(of: slash) else { return LogPath(".") }
    return LogPath(bytes: Array(bytes[..<max(1, last)]))
  }

  /// The escaped path as one word of a shell command.
  var shellWord: String {
    let plain = bytes.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ","):
        true
      default: false
      }
    }
    guard !plain || bytes.isEmpty || bytes.first == UInt8(ascii: "-") else { return escaped }
    let text = escaped
    // Only bash's $'…' takes escapes for bytes that are not printable.
    let needsEscapes = Array(text.utf8) != bytes
    let quoted = text.reduce(into: "") {
      $0 += $1 == "'" ? (needsEscapes ? "\\'" : "'\\''") : "\($1)"
    }
    return needsEscapes ? "$'\(quoted)'" : "'\(quoted)'"
  }
}

extension LogPath: CustomStringConvertible {
  /// `escaped`
  public var description: String { escaped }
}

/// The escapes of `LogPath.escaped`.
enum LogPathEscapes {
  static func encode(_ bytes: [UInt8]) -> String {
    var text = ""
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var at = 0
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .emptyInput:
        return text
      case .error(let length):
        for byte in bytes[at..<(at + length)] { text += hex(byte) }
        at += length
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        text += encode(scalar, bytes[at..<(at + encoded.count)])
        at += encoded.count
      }
    }
  }

  static func decode(_ text: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var at = 0
    while at < text.count {
      guard text[at] == UInt8(ascii: "\\"), at + 1 < text.count else {
        bytes.append(text[at])
        at += 1
        continue
      }
      switch text[at + 1] {
      case UInt8(ascii: "n"): bytes.append(10)
      case UInt8(ascii: "t"): bytes.append(9)
      case UInt8(ascii: "x") where at + 3 < text.count:
        let digits = String(decoding: text[(at + 2)...(at + 3)], as: UTF8.self)
        if let byte = UInt8(digits, radix: 16) { bytes.append(byte) }
        at += 2
      default: bytes.append(text[at + 1])
      }
      at += 2
    }
    return bytes
  }

  private static func encode(_ scalar: Unicode.Scalar, _ bytes: ArraySlice<UInt8>) -> String {
    switch scalar.value {
    case 0x0A: "\\n"
    case 0x09: "\\t"
    case 0x5C: "\\\\"
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
      0xFFF9...0xFFFB, 0xE0000...0xE007F:
      bytes.reduce(into: "") { $0 += hex($1) }
    default: String(Character(scalar))
    }
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x" + (digits.count == 1 ? "0" : "") + digits
  }
}
