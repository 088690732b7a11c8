internal import API
internal import Digest
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Postgres

/// Answers every request: who asks, what for, and the answer as JSON. Nothing is written.
struct APIResponder: HTTPResponder {
  typealias Context = BasicRequestContext

  let settings: ServiceSettings
  let pool: ReaderPool
  let metrics: ServiceMetrics
  /// Takes a line of the access log.
  let log: @Sendable (String) -> Void

  func respond(to request: Request, context: Context) async throws -> Response {
    let clock = ContinuousClock()
    let start = clock.now
    var name = "unknown"
    var answer: Answer
    do {
      let target = try RequestTarget(request.head.path ?? "/")
      let endpoint = try admit(request, target)
      name = endpoint.name
      answer = try await self.answer(endpoint, target.parameters)
    } catch {
      answer = Answer(Self.problem(error))
    }
    let response = answer.response(to: request)
    let seconds = Double((clock.now - start).attoseconds) / 1e18
    metrics.count(name, status: response.status.code, seconds: seconds)
    log(
      """
      {"endpoint":"\(name)","method":\(JSONText.quoted(request.method.rawValue)),\
      "status":\(response.status.code),"bytes":\(answer.bytes),"seconds":\(seconds)}
      """)
    return response
  }

  /// Host, method, path and token, in this order: who may not ask learns nothing about what there is.
  private func admit(_ request: Request, _ target: RequestTarget) throws -> Endpoint {
    guard settings.allows(host: request.head.authority) else {
      throw APIError(
        status: 421, kind: "unknown-host", title: "This server does not go by that name",
        detail: "Call it by its address, or allow the name with --allow-host.")
    }
    guard request.method == .get || request.method == .head else {
      throw APIError(
        status: 405, kind: "read-only", title: "This interface only reads",
        detail: "Use GET or HEAD.")
    }
    let endpoint = Endpoint(path: target.path)
    if let tokens = settings.tokens, let scope = endpoint.map({ $0.scope }) ?? .read {
      let header = request.headers[.authorization] ?? ""
      let token = header.hasPrefix("Bearer ") ? String(header.dropFirst(7)) : ""
      guard let scopes = tokens.scopes(of: token) else {
        throw APIError(
          status: 401, kind: "unauthorized", title: "A token is needed",
          detail: "Send 'Authorization: Bearer TOKEN'.")
      }
      guard scopes.contains(scope) else {
        throw APIError(
          status: 403, kind: "forbidden", title: "The token is not good for that",
          detail: "It lacks the scope '\(scope.rawValue)'.")
      }
    }
    guard let endpoint else { throw APIError.missing("This address names nothing.") }
    return endpoint
  }

  private func answer(
    _ endpoint: Endpoint, _ parameters: [(name: String, value: String)]
  ) async throws -> Answer {
    switch endpoint {
    case .list(let resource):
      return try await list(ListRequest(resource, parameters))
    case .ofQuery(let id, let resource):
      return try await list(ListRequest(resource, parameters, fixed: Self.query(id)))
    case .query(let id):
      let request = try ListRequest(Catalog.queries, parameters, fixed: Self.query(id))
      return try await read { try await $0.first(request) }
    case .series(let id): return try await read { try await $0.series(id, parameters) }
    case .plan(let file, let offset):
      var answer = try await read { try await $0.plan(file, offset) }
      answer.isImmutable = true
      return answer
    case .comparison: return try await read { try await $0.comparison(parameters) }
    case .summary: return try await read { try await $0.summary(parameters) }
    case .document:
      return Answer(OpenAPI.document(version: settings.version), isImmutable: true)
    case .metrics:
      let store = try await read { try await $0.gauges() }
      return Answer(metrics.text(store: store.body), type: "text/plain; version=0.0.4")
    case .health: return Answer("{\"status\":\"ok\"}")
    case .readiness: return try await read { try await $0.readiness() }
    }
  }

  private func list(_ request: ListRequest) async throws -> Answer {
    try await read { try await $0.list(request) }
  }

  private func read(_ body: @Sendable (Reader) async throws -> String) async throws -> Answer {
    Answer(try await pool.withReader(body))
  }

  /// The parameter that stands in the path.
  private static func query(_ id: Int64) -> [(name: String, value: String)] {
    [(name: "query", value: QueryName.text(id))]
  }

  /// What is told of an error: never the store's own words, which can hold rows and addresses.
  private static func problem(_ error: any Error) -> APIError {
    if let error = error as? APIError { return error }
    guard let error = error as? PostgresError else {
      return APIError(
        status: 500, kind: "internal", title: "Something is wrong here",
        detail: "The server's log says more.")
    }
    switch error.sqlState {
    case "57014":
      return APIError(
        status: 503, kind: "timeout", title: "It took too long",
        detail: "Ask for a shorter period or fewer rows.")
    case "42P01", "42703", "42883", "3F000":
      return APIError(
        status: 503, kind: "schema", title: "The store lacks a layer that this needs",
        detail: "Run 'pgtrawl migrate up' and 'pgtrawl analyze'.")
    case "22007", "22008", "22P02", "22003":
      return APIError(
        status: 400, kind: "invalid-parameter", title: "A parameter can't be read",
        detail: "A value is out of its type's range.")
    default:
      return APIError(
        status: 503, kind: "store", title: "The store can't be read",
        detail: "SQLSTATE \(error.sqlState ?? "none"). It may come back: try again.")
    }
  }
}
