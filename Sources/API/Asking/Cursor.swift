/// Where the next page begins: behind a row, in one order, of one request.
///
/// Opaque to clients: base64url of the request's mark and the row's values. The values are bound as
/// parameters and cast to the types of their columns, so that a forged cursor can be wrong, not harmful.
struct Cursor: Equatable {
  /// Values of the order's expression and the key, as PostgreSQL writes them.
  var values: [String]

  /// The text for a request whose other parameters have this mark.
  func text(mark: UInt64) -> String {
    let parts = [String(mark, radix: 16)] + values
    return Base64URL.encode(Array(parts.joined(separator: Self.separator).utf8))
  }

  /// Reads what `text` wrote for the same request.
  init(_ text: String, mark: UInt64, count: Int) throws(APIError) {
    guard text.utf8.count <= Self.bytesMax, let bytes = Base64URL.decode(text),
      let joined = String(validating: bytes, as: UTF8.self), !joined.utf8.contains(0)
    else { throw Self.unknown }
    let parts = joined.split(separator: Self.separator, omittingEmptySubsequences: false)
    guard parts.count == count + 1 else {
      throw Self.unknown
    }
    guard parts[0] == String(mark, radix: 16) else {
      throw Self.unknown
    }
    values = parts.dropFirst().map(String.init)
  }

  init(values: [String]) { self.values = values }

  private static let unknown = APIError(
    status: 404, kind: "no-page", title: "There is no such page",
    detail: "The cursor is none that this server gave out for this request: a page has the "
      + "parameters of the first one.", parameter: "cursor")
  private static let separator = "\u{1F}"
  private static let bytesMax = 2_048
}

/// Base64 for addresses (RFC 4648, section 5), without padding.
enum Base64URL {
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = 0
      for byte in group { bits = bits << 8 | Int(byte) }
      bits <<= 8 * (3 - group.count)
      for place in 0...group.count { result.append(letters[bits >> (18 - 6 * place) & 63]) }
    }
    return String(decoding: result, as: UTF8.self)
  }

  static func decode(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    var bits = 0
    var count = 0
    for letter in text.utf8 {
      guard let value = letters.firstIndex(of: letter) else { return nil }
      bits = (bits << 6 | value) & 0xFFFF
      count += 6
      if count >= 8 {
        count -= 8
        result.append(UInt8(bits >> count & 0xFF))
      }
    }
    return text.utf8.count % 4 == 1 ? nil : result
  }
}
