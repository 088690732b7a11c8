internal import Digest

/// What a token allows.
public enum AccessScope: String, Sendable, CaseIterable {
  /// Everything under /v1.
  case read
  /// /metrics.
  case metrics
}

/// The tokens of a service: only their SHA-256 is known.
///
/// A token file has a line a token: SHA-256 in hexadecimal, scopes with commas between, and anything
/// that tells people whose it is. Empty lines and lines with `#` say nothing.
public struct AccessTokens: Sendable {
  private struct Entry: Sendable {
    let hash: [UInt8]
    let scopes: [AccessScope]
  }

  private var entries: [Entry] = []

  /// Reads the text of a token file; nil, with the number of the line, where one can't be read.
  public init(file text: String) throws(TokenFileError) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      guard let hash = Self.hash(first), words.count > 1 else {
        throw TokenFileError(line: index + 1)
      }
      var scopes: [AccessScope] = []
      for word in words[1].split(separator: ",") {
        guard let scope = AccessScope(rawValue: String(word)) else {
          throw TokenFileError(line: index + 1)
        }
        scopes.append(scope)
      }
      entries.append(Entry(hash: hash, scopes: scopes))
    }
  }

  /// Whether there is none.
  public var isEmpty: Bool { entries.isEmpty }

  /// What a token is good for; nil for one that is not known. All entries are compared whole, so
  /// that the time says nothing.
  public func scopes(of token: String) -> [AccessScope]? {
    let hash = SHA256Hash.of(Array(token.utf8))
    var found: [AccessScope]?
    for entry in entries {
      var difference: UInt8 = 0
      for (a, b) in zip(entry.hash, hash) { difference |= a ^ b }
      if difference == 0 { found = (found ?? []) + entry.scopes }
    }
    return found
  }

  /// A new token of 256 random bits, and the line for the file.
  public static func make(_ scopes: [AccessScope]) -> (token: String, line: String) {
    var random = SystemRandomNumberGenerator()
    var token = "pgtrawl_"
    for _ in 0..<4 { token += hex(random.next() as UInt64) }
    let hash = SHA256Hash.of(Array(token.utf8)).map { hexByte($0) }.joined()
    return (token, "\(hash) \(scopes.map(\.rawValue).joined(separator: ","))")
  }

  private static func hex(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func hexByte(_ byte: UInt8) -> String {
    byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
  }

  private static func hash(_ text: Substring) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count == SHA256Hash.byteCount * 2 else { return nil }
    var result: [UInt8] = []
    for at in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[at...(at + 1)], as: UTF8.self), radix: 16)
      else { return nil }
      result.append(byte)
    }
    return result
  }
}

/// A line of a token file that can't be read; what stands there is not repeated.
public struct TokenFileError: Error, Sendable, Equatable {
  /// Counted from 1.
  public let line: Int
}
