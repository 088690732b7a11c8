import ArgumentParser
internal import Foundation
import HTTPService

/// `pgtrawl serve`
struct ServeCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serves what the store knows over HTTP, read-only.",
    discussion: """
      JSON under /v1, described by /openapi.json; /metrics for Prometheus, /healthz, /readyz. It \
      listens on this machine only; elsewhere it needs a token file, and on a public address TLS too. \
      SIGTERM and SIGINT end it with 0 when the requests under way are answered.

        pgtrawl serve
        curl -s 'http://127.0.0.1:8432/v1/queries?limit=1&include=findings,recommendations'
        pgtrawl serve --make-token read >> tokens
        pgtrawl serve --listen 10.0.0.5:8432 --token-file tokens
      """)

  static let stopsOnSignals = false
  static let endsWithoutReader = false

  @OptionGroup var global: GlobalOptions

  @Option(
    help: ArgumentHelp(
      "Where it listens (default: 127.0.0.1:8432).", discussion: "Port 0 is any that is free.",
      valueName: "address:port"))
  var listen = "127.0.0.1:8432"

  @Option(
    help: ArgumentHelp(
      "Who may ask: a line a token, its SHA-256 and scopes (read, metrics).", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "Prints a new token on stderr and its line for the file on stdout, and ends.",
      valueName: "scopes"))
  var makeToken: String?

  @Option(
    help: ArgumentHelp("Certificate chain in PEM; TLS is on with it.", valueName: "file"),
    completion: .file())
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("Its private key in PEM.", valueName: "file"), completion: .file())
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "A name by which clients call it, besides its address. Repeatable.", valueName: "name"))
  var allowHost: [String] = []

  @Option(help: ArgumentHelp("Connections to the store, 1 to 64.", valueName: "n"))
  var connections = 4

  @Flag(help: "No line a request on stderr.")
  var quiet = false

  func run(in context: ToolContext) async throws -> ExitStatus {
    if let makeToken { return try make(makeToken, in: context) }
    let settings = try settings()
    let conninfo = try await context.store.existing()
    let service = HTTPService(settings, conninfo: conninfo)
    let console = context.console
    let scheme = settings.tls == nil ? "http" : "https"
    do {
      try await service.run(
        onListening: { port in
          console.note("listening on \(scheme)://\(settings.addressText):\(port)")
        },
        log: { line in if !quiet { console.record(line) } })
    } catch {
      throw ToolError(
        .unavailable, "serve", "it can't listen on \(listen): \(error)",
        next: "Name another address with --listen, or end what listens there")
    }
    return .done
  }

  private func make(_ scopes: String, in context: ToolContext) throws -> ExitStatus {
    let words = scopes.split(separator: ",").map(String.init)
    let known = words.compactMap(AccessScope.init(rawValue:))
    guard !known.isEmpty, known.count == words.count else {
      throw ToolError(
        .usage, "--make-token", "scopes are read and metrics, with commas between",
        next: "As in --make-token read,metrics")
    }
    let made = AccessTokens.make(known)
    context.console.note("the token, shown this once: \(made.token)")
    context.console.write(made.line + "\n")
    return .done
  }

  private func settings() throws -> ServiceSettings {
    guard let colon = listen.lastIndex(of: ":"),
      let port = Int(listen[listen.index(after: colon)...]),
      (0...65_535).contains(port), colon != listen.startIndex
    else {
      throw ToolError(
        .usage, "--listen", "'\(listen)' is no address with a port", next: "As in 127.0.0.1:8432")
    }
    guard (1...64).contains(connections) else {
      throw ToolError(.usage, "--connections", "it is 1 to 64", next: "4 is right for most")
    }
    var host = String(listen[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    var settings = ServiceSettings(
      host: host, port: port, allowedHosts: allowHost.map { $0.lowercased() },
      tokens: try tokens(), connections: connections, version: Pgtrawl.configuration.version)
    switch (tlsCertificate, tlsKey) {
    case (let certificate?, let key?): settings.tls = (certificate, key)
    case (nil, nil): break
    default:
      throw ToolError(
        .usage, "--tls-certificate", "certificate and key go together",
        next: "Name both, or none of them")
    }
    try check(settings)
    return settings
  }

  private func check(_ settings: ServiceSettings) throws {
    guard settings.isLoopback || settings.tokens != nil else {
      throw ToolError(
        .usage, "--listen", "others than this machine could read everything at \(settings.host)",
        next: "Make a token with --make-token read, and name its file with --token-file")
    }
    guard !settings.isPublic || settings.tls != nil else {
      throw ToolError(
        .usage, "--listen", "tokens and answers would go over a public network in the clear",
        next: "Name --tls-certificate and --tls-key, or a private address")
    }
  }

  private func tokens() throws -> AccessTokens? {
    guard let tokenFile else { return nil }
    let text: String
    do {
      text = try String(contentsOfFile: tokenFile, encoding: .utf8)
    } catch {
      throw ToolError(
        .usage, tokenFile, "the token file can't be read", next: "Check its path and permissions")
    }
    do {
      let tokens = try AccessTokens(file: text)
      guard !tokens.isEmpty else {
        throw ToolError(
          .usage, tokenFile, "it holds no token", next: "Make one with --make-token read")
      }
      return tokens
    } catch let error as TokenFileError {
      throw ToolError(
        .usage, tokenFile, "line \(error.line) is no token",
        next: "A line is the SHA-256 of a token and its scopes, as --make-token prints it")
    }
  }
}

extension ServiceSettings {
  /// The address as it stands in a URL.
  fileprivate var addressText: String { host.contains(":") ? "[\(host)]" : host }
}
