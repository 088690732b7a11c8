/// How the service listens and what it lets in.
public struct ServiceSettings: Sendable {
  /// Address or name of the interface.
  public var host: String
  /// Port; 0 = any that is free.
  public var port: Int
  /// Names by which clients may call it besides the address, in lower case.
  public var allowedHosts: [String]
  /// Tokens; nil = none is asked for.
  public var tokens: AccessTokens?
  /// Files with certificate chain and key in PEM; nil = no TLS.
  public var tls: (certificate: String, key: String)?
  /// Connections to the store.
  public var connections: Int
  /// Version of the program, for the document.
  public var version: String

  /// Settings.
  public init(
    host: String = "127.0.0.1", port: Int = 8432, allowedHosts: [String] = [],
    tokens: AccessTokens? = nil, tls: (certificate: String, key: String)? = nil,
    connections: Int = 4, version: String
  ) {
    self.host = host
    self.port = port
    self.allowedHosts = allowedHosts
    self.tokens = tokens
    self.tls = tls
    self.connections = connections
    self.version = version
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  /// Whether the address may be one that the internet routes: everything that is neither of this
  /// machine nor of a private network. What a name stands for is not looked up.
  public var isPublic: Bool {
    if isLoopback { return false }
    if host.contains(":") {
      let lower = host.lowercased()
      return !(lower.hasPrefix("fc") || lower.hasPrefix("fd") || lower.hasPrefix("fe80"))
    }
    let parts = host.split(separator: ".").compactMap { Int($0) }
    guard parts.count == 4 else { return true }
    return
      !(parts[0] == 10 || parts[0] == 192 && parts[1] == 168
      || parts[0] == 172 && (16...31).contains(parts[1]) || parts[0] == 169 && parts[1] == 254
      || parts[0] == 100 && (64...127).contains(parts[1]))
  }

  /// Whether a request's `Host` names this service: an address of another name that leads here is
  /// how a web page of somebody else would read it (DNS rebinding).
  func allows(host header: String?) -> Bool {
    guard let header else { return false }
    var name = header.lowercased()
    if name.hasPrefix("[") {
      guard let end = name.firstIndex(of: "]") else { return false }
      name = String(name[name.index(after: name.startIndex)..<end])
    } else if let colon = name.firstIndex(of: ":") {
      name = String(name[..<colon])
    }
    if allowedHosts.contains(name) || name == host.lowercased() { return true }
    return isLoopback && (name == "localhost" || name == "::1" || name == "127.0.0.1")
  }
}
