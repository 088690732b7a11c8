internal import API

/// What an address names.
enum Endpoint: Sendable {
  case list(Resource)
  case query(Int64)
  case series(Int64)
  case plan(file: Int64, offset: Int64)
  /// A list of what belongs to one query.
  case ofQuery(Int64, Resource)
  case comparison
  case summary
  case document
  case metrics
  case health
  case readiness

  /// The endpoint of a path; nil if there is none.
  ///
  /// Names are compared as they come: an address that is encoded where it need not be (`%2e`, `%2f`)
  /// names nothing here.
  init?(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    switch Array(parts) {
    case ["healthz"]: self = .health
    case ["readyz"]: self = .readiness
    case ["metrics"]: self = .metrics
    case ["openapi.json"], ["v1", "openapi.json"]: self = .document
    case ["v1", "compare"]: self = .comparison
    case ["v1", "summary"]: self = .summary
    case let path where path.count == 2 && path[0] == "v1":
      guard let list = Catalog.lists.first(where: { $0.name == path[1] }) else { return nil }
      self = .list(list)
    case let path where path.count >= 3 && path[0] == "v1" && path[1] == "queries":
      guard let id = QueryName.id(String(path[2])) else { return nil }
      if path.count == 3 {
        self = .query(id)
      } else if path.count == 4, path[3] == "series" {
        self = .series(id)
      } else if path.count == 4,
        let list = Catalog.embedded(in: Catalog.queries).first(where: { $0.name == path[3] })
      {
        self = .ofQuery(id, list)
      } else {
        return nil
      }
    case let path where path.count == 3 && path[0] == "v1" && path[1] == "plans":
      guard let (file, offset) = FactName.parts(String(path[2])) else { return nil }
      self = .plan(file: file, offset: offset)
    default: return nil
    }
  }

  /// The name under which requests are counted: a bounded number of them.
  var name: String {
    switch self {
    case .list(let resource): resource.name
    case .query: "query"
    case .series: "series"
    case .plan: "plan"
    case .ofQuery(_, let resource): "query_\(resource.name)"
    case .comparison: "compare"
    case .summary: "summary"
    case .document: "openapi"
    case .metrics: "metrics"
    case .health: "healthz"
    case .readiness: "readyz"
    }
  }

  /// The scope that a token needs; nil = none.
  var scope: AccessScope? {
    switch self {
    case .health, .readiness: nil
    case .metrics: .metrics
    default: .read
    }
  }
}
