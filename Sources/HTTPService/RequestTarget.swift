internal import API

/// Path and parameters of a request, decoded.
struct RequestTarget {
  let path: String
  let parameters: [(name: String, value: String)]

  /// The longest target that is read, in bytes.
  static let bytesMax = 8_192
  private static let parametersMax = 32

  /// Reads `target` as the request line has it. Bytes that are no UTF-8 after decoding, and a `%` that
  /// nothing follows, are a mistake and not guessed at.
  init(_ target: String) throws(APIError) {
    guard target.utf8.count <= Self.bytesMax else {
      throw APIError(
        status: 414, kind: "address-too-long", title: "The address is too long",
        detail: "At most \(Self.bytesMax) bytes are read.")
    }
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    var parameters: [(name: String, value: String)] = []
    for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      guard parameters.count < Self.parametersMax else {
        throw APIError(
          status: 400, kind: "invalid-parameter", title: "There are too many parameters",
          detail: "At most \(Self.parametersMax) are read.")
      }
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      parameters.append(
        (try Self.decoded(sides[0]), sides.count > 1 ? try Self.decoded(sides[1]) : ""))
    }
    self.parameters = parameters
  }

  private static func decoded(_ text: Substring) throws(APIError) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { throw malformed }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    guard let result = String(validating: bytes, as: UTF8.self) else { throw malformed }
    return result
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static let malformed = APIError(
    status: 400, kind: "malformed-address", title: "The address can't be read",
    detail:
      "Parameters are UTF-8, with % and two hexadecimal digits for what an address can't hold.")
}
