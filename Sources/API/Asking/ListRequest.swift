internal import LogModel
internal import Postgres

/// What a client asks of a list, read and checked.
public struct ListRequest: Sendable {
  /// What is listed.
  public let resource: Resource
  /// The filters that were given, in the order of the resource's.
  let filters: [(filter: Filter, value: PostgresParameter)]
  /// The fields that are wanted, in the order of the resource's.
  let fields: [Field]
  /// What is embedded in each row.
  let includes: [Resource]
  /// The order.
  let sort: Sort
  /// Whether the lowest comes first.
  let isAscending: Bool
  /// Rows of a page.
  let limit: Int
  /// Where the page begins; nil = at the start.
  let cursor: Cursor?
  /// A hash of everything but cursor and limit.
  let mark: UInt64

  /// Rows of a page without `limit`.
  public static let limitDefault = 50
  /// The most that `limit` can be.
  public static let limitMax = 1_000

  /// Reads the parameters of an address; `fixed` are those that the path gives.
  public init(
    _ resource: Resource, _ parameters: [(name: String, value: String)],
    fixed: [(name: String, value: String)] = []
  ) throws(APIError) {
    var given: [String: String] = [:]
    for (name, value) in fixed + parameters {
      guard given.updateValue(value, forKey: name) == nil else {
        throw .parameter(name, "is given twice")
      }
    }
    self.resource = resource
    mark = Self.mark(resource, given)
    limit = try Self.limit(given.removeValue(forKey: "limit"))
    (sort, isAscending) = try Self.sort(given.removeValue(forKey: "sort"), resource)
    fields = try Self.fields(given.removeValue(forKey: "fields"), resource)
    includes = try Self.includes(given.removeValue(forKey: "include"), resource)
    let behind = given.removeValue(forKey: "cursor")
    var filters: [(filter: Filter, value: PostgresParameter)] = []
    for filter in resource.filters {
      guard let value = given.removeValue(forKey: filter.name) else { continue }
      filters.append((filter, try filter.parameter(value)))
    }
    self.filters = filters
    if let unknown = given.keys.min() {
      throw .parameter(unknown, "is no parameter of \(resource.name)")
    }
    cursor =
      if let behind {
        try Cursor(behind, mark: mark, count: resource.key.count + 1)
      } else {
        nil
      }
  }

  private static func limit(_ text: String?) throws(APIError) -> Int {
    guard let text else { return limitDefault }
    guard let limit = Int(text), (1...limitMax).contains(limit) else {
      throw .parameter("limit", "is a whole number from 1 to \(limitMax)")
    }
    return limit
  }

  private static func sort(
    _ text: String?, _ resource: Resource
  ) throws(APIError) -> (Sort, Bool) {
    guard let text else { return (resource.sorts[0], false) }
    let isAscending = text.hasPrefix("+")
    let name = isAscending || text.hasPrefix("-") ? String(text.dropFirst()) : text
    guard let sort = resource.sorts.first(where: { $0.name == name }) else {
      let names = resource.sorts.map(\.name).joined(separator: ", ")
      throw .parameter("sort", "is one of \(names), with + before it for the lowest first")
    }
    return (sort, isAscending)
  }

  private static func fields(_ text: String?, _ resource: Resource) throws(APIError) -> [Field] {
    guard let text else { return resource.fields }
    guard !text.isEmpty else { throw .parameter("fields", "names no field") }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if let unknown = names.first(where: { name in !resource.fields.contains { $0.name == name } }) {
      let known = resource.fields.map(\.name).joined(separator: ", ")
      throw .parameter("fields", "names '\(unknown.prefix(64))'; there are \(known)")
    }
    return resource.fields.filter { names.contains($0.name) }
  }

  private static func includes(
    _ text: String?, _ resource: Resource
  ) throws(APIError) -> [Resource] {
    guard let text else { return [] }
    let known = Catalog.embedded(in: resource)
    var result: [Resource] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let found = known.first(where: { $0.name == name }) else {
        let names = known.map(\.name).joined(separator: ", ")
        throw .parameter("include", names.isEmpty ? "is not for this list" : "is one of \(names)")
      }
      if !result.contains(where: { $0.name == found.name }) { result.append(found) }
    }
    return result
  }

  private static func mark(_ resource: Resource, _ given: [String: String]) -> UInt64 {
    var hash = text(resource.name, 0)
    for (name, value) in given.sorted(by: { $0.key < $1.key })
    where !["cursor", "limit", "fields", "include"].contains(name) {
      hash = text(value, text(name, hash))
    }
    return hash
  }

  private static func text(_ text: String, _ seed: UInt64) -> UInt64 {
    var text = text
    return text.withUTF8 { StableHash.hash($0, seed: seed) }
  }
}
