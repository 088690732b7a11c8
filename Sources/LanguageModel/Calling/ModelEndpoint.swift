internal import Foundation

/// Which model is asked, and where.
public struct ModelEndpoint: Sendable {
  /// Why an endpoint can't be used.
  public enum Fault: Error, Sendable, Equatable {
    /// No http or https URL with a host.
    case notAURL
    /// A user, a password, a query or a fragment stands in the URL.
    case extraParts
    /// The key would go over a network in the clear.
    case keyInTheClear
    /// The key is empty, too long, or has characters that no header can carry.
    case badKey
    /// The model's name is empty or too long.
    case badModel
  }

  /// Where requests go: the base URL with `/chat/completions`.
  public let url: String
  /// The model's name, as the endpoint knows it.
  public let model: String
  /// Goes into one header and nowhere else.
  let key: String?

  /// An endpoint at `baseURL`, as `http://127.0.0.1:11434/v1`. Without TLS a key goes to this machine only.
  public init(baseURL: String, model: String, key: String?) throws(Fault) {
    guard baseURL.unicodeScalars.allSatisfy({ 0x21...0x7E ~= $0.value }),
      let parts = URLComponents(string: baseURL), let scheme = parts.scheme?.lowercased(),
      scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty
    else { throw .notAURL }
    guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
      throw .extraParts
    }
    guard 1...200 ~= model.utf8.count,
      model.unicodeScalars.allSatisfy({ 0x20...0x7E ~= $0.value })
    else { throw .badModel }
    if let key {
      guard 1...8_192 ~= key.utf8.count, key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
        throw .badKey
      }
      guard scheme == "https" || Self.isLoopback(host) else { throw .keyInTheClear }
    }
    var base = baseURL
    while base.hasSuffix("/") { base.removeLast() }
    url = base + "/chat/completions"
    self.model = model
    self.key = key
  }

  private static func isLoopback(_ host: String) -> Bool {
    let host = host.lowercased()
    if ["localhost", "::1", "[::1]"].contains(host) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// The whole request that asks `question`, as it is sent but for the key.
  public func request(_ question: Question) -> String {
    let authorization = key == nil ? "" : "Authorization: Bearer (the key)\n"
    return
      "POST \(url)\n\(authorization)Content-Type: application/json\nAccept: application/json\n\n"
      + Prompt.body(model: model, question: question) + "\n"
  }
}
