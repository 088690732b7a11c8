internal import Postgres

/// The SQL of one page, with its parameters. Nothing of a request stands in the text: names are those
/// of declarations, values are parameters.
struct ListStatement {
  private(set) var sql: String
  private(set) var parameters: [PostgresParameter]

  /// The page that `request` asks for, and one row more if there is one. Columns: the row's JSON, its
  /// query's id if it embeds something, then the values of its place in the order.
  init(_ request: ListRequest) {
    let resource = request.resource
    let conditions = Conditions(request.filters)
    parameters = conditions.parameters
    let order = [KeyColumn(request.sort.sql, request.sort.type)] + resource.key
    var behind = ""
    if let cursor = request.cursor {
      let first = parameters.count
      parameters += cursor.values.map { .text($0) }
      let columns = order.map(\.sql).joined(separator: ", ")
      let values = order.indices.map { "$\(first + $0 + 1)::\(order[$0].type)" }
      let sign = request.isAscending ? ">" : "<"
      behind = "WHERE (\(columns)) \(sign) (\(values.joined(separator: ", ")))"
    }
    let direction = request.isAscending ? "ASC" : "DESC"
    let places = order.map { "\($0.sql) \(direction)" }.joined(separator: ", ")
    parameters.append(.int(request.limit + 1))
    let query = request.includes.isEmpty ? "NULL" : "r.query_id"
    sql = """
      SELECT \(Self.object(request.fields, conditions))::text, \(query),
        \(order.map { "(\($0.sql))::text" }.joined(separator: ", "))
      FROM (
        SELECT r.* FROM (\(conditions.applied(to: resource.rows))) r \(behind)
        ORDER BY \(places) LIMIT $\(parameters.count)
      ) r ORDER BY \(places)
      """
  }

  /// The rows of `embedded` that belong to `queries`, at most `limit` each: id and a JSON list.
  init(embedding embedded: Resource, in queries: [Int64], limit: Int) {
    parameters = [.bigintArray(queries), .int(limit)]
    let order =
      ([embedded.sorts[0].sql] + embedded.key.map(\.sql)).map { "\($0) DESC" }
      .joined(separator: ", ")
    let conditions = Conditions("t.query_id = w.id")
    sql = """
      SELECT w.id, (
        SELECT json_agg(\(Self.object(embedded.fields, conditions)) ORDER BY \(order))
        FROM (
          SELECT r.* FROM (\(conditions.applied(to: embedded.rows))) r
          ORDER BY \(order) LIMIT $2
        ) r)::text
      FROM unnest($1::bigint[]) AS w (id)
      """
  }

  /// One row by its key; `condition` is over the innermost rows, its parameters are `values`.
  init(_ resource: Resource, where condition: String, _ values: [PostgresParameter]) {
    parameters = values
    let conditions = Conditions(condition)
    sql = """
      SELECT \(Self.object(resource.fields, conditions))::text
      FROM (\(conditions.applied(to: resource.rows))) r LIMIT 1
      """
  }

  /// PostgreSQL's functions take at most 100 arguments: 50 fields an object.
  private static func object(_ fields: [Field], _ conditions: Conditions) -> String {
    let pairs = fields.map { "'\($0.name)', \(conditions.applied(to: $0.sql))" }
    return "json_build_object(\(pairs.joined(separator: ", ")))"
  }
}

/// The conditions of a request's filters, for the place in a resource's SQL that asks for them.
private struct Conditions {
  let text: String
  let parameters: [PostgresParameter]

  init(_ filters: [(filter: Filter, value: PostgresParameter)]) {
    var parts: [String] = []
    var values: [PostgresParameter] = []
    for (filter, value) in filters {
      values.append(value)
      parts.append(
        "(" + filter.condition.replacing("?", with: "$\(values.count)") + ")")
    }
    text = parts.isEmpty ? "true" : parts.joined(separator: " AND ")
    parameters = values
  }

  init(_ condition: String) {
    text = condition
    parameters = []
  }

  func applied(to sql: String) -> String { sql.replacing("{where}", with: text) }
}
