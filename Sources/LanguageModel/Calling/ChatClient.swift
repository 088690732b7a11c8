internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1

/// The transport over HTTP. It follows no redirect, unpacks nothing, repeats nothing, and reads no more than an
/// answer can have: what it does with a hostile endpoint is bounded in time and memory.
public final class ChatClient: ChatTransport {
  /// The longest body that is read.
  public static let answerBytesMax = 256 << 10

  private let client: HTTPClient
  private let endpoint: ModelEndpoint
  private let timeout: Duration

  /// A client of `endpoint`; a whole request takes at most `timeout`. `close` has to be called.
  public init(_ endpoint: ModelEndpoint, timeout: Duration) {
    var settings = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(min(timeout, .seconds(10)))), decompression: .disabled)
    settings.httpVersion = .http1Only
    settings.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    self.endpoint = endpoint
    self.timeout = timeout
  }

  /// Ends all connections.
  public func close() async { try? await client.shutdown() }

  /// Sends `body` once.
  public func send(_ body: String) async throws(CancellationError) -> ChatResult {
    do {
      return try await withThrowingTaskGroup(of: ChatResult.self) { group in
        group.addTask { try await self.exchange(body) }
        // The client's own deadline ends with the head of the answer; a body can drip for ever.
        group.addTask {
          try await Task.sleep(for: self.timeout)
          return .unreachable(.slow)
        }
        defer { group.cancelAll() }
        return try await group.next() ?? .unreachable(.broken)
      }
    } catch {
      throw CancellationError()
    }
  }

  private func exchange(_ body: String) async throws -> ChatResult {
    var request = HTTPClientRequest(url: endpoint.url)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.headers.add(name: "Accept", value: "application/json")
    if let key = endpoint.key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    request.body = .bytes(ByteBuffer(string: body))
    do {
      let response = try await client.execute(request, timeout: TimeAmount(timeout))
      guard response.status == .ok else {
        return .status(
          Int(response.status.code),
          retryAfter: RetryPolicy.retryAfter(response.headers.first(name: "Retry-After")))
      }
      let read = try await response.body.collect(upTo: Self.answerBytesMax)
      return .answered(Array(read.readableBytesView))
    } catch is NIOTooManyBytesError {
      return .tooLarge
    } catch {
      try Task.checkCancellation()
      return .unreachable(Self.reason(error))
    }
  }

  private static func reason(_ error: any Error) -> Unreachable {
    guard let error = error as? HTTPClientError else {
      let resets = [EPIPE, ECONNRESET]
      return (error as? IOError).map { resets.contains($0.errnoCode) } ?? (error is ChannelError)
        ? .broken : .refused
    }
    switch error {
    case .deadlineExceeded, .readTimeout, .writeTimeout, .requestStreamCancelled: return .slow
    case .connectTimeout, .getConnectionFromPoolTimeout: return .refused
    default: return .broken
    }
  }
}
