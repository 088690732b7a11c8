internal import API
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOSSL

/// The API over HTTP/1.1, read-only.
public struct HTTPService: Sendable {
  private static let headerBytesMax = 16 << 10
  private static let connectionsMax = 512
  private static let idleTimeout = TimeAmount.seconds(10)

  private let settings: ServiceSettings
  private let conninfo: String

  /// A service over the store at `conninfo` (any libpq connection string or URI).
  public init(_ settings: ServiceSettings, conninfo: String) {
    self.settings = settings
    self.conninfo = conninfo
  }

  /// Serves until the task is cancelled or the process gets SIGINT or SIGTERM; requests under way are
  /// answered first.
  ///
  /// `onListening` gets the port; `log` takes a line of the access log, JSON without names, filters or
  /// tokens. Throws what makes it impossible to listen or to read certificate and key.
  public func run(
    onListening: @escaping @Sendable (Int) -> Void, log: @escaping @Sendable (String) -> Void
  ) async throws {
    let pool = ReaderPool(conninfo: conninfo, connectionsMax: settings.connections)
    let responder = APIResponder(
      settings: settings, pool: pool, metrics: ServiceMetrics(), log: log)
    // What libraries say is not for this program's log: it can hold what clients sent.
    let quiet = Logger(label: "pgtrawl") { _ in SwiftLogNoOpLogHandler() }
    let http = HTTPServerBuilder.http1(
      configuration: .init(
        idleTimeout: Self.idleTimeout,
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: Self.headerBytesMax, maxHeaderListSize: Self.headerBytesMax,
          maxHeaderFieldCount: 100)))
    let server = try settings.tls.map {
      try HTTPServerBuilder.tls(http, tlsConfiguration: Self.tls($0))
    }
    let application = Application(
      responder: responder, server: server ?? http,
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), serverName: nil,
        availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
      logger: quiet)
    do {
      try await application.runService()
    } catch {
      await pool.close()
      throw error
    }
    await pool.close()
  }

  private static func tls(_ files: (certificate: String, key: String)) throws -> TLSConfiguration {
    let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
    let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }
}
