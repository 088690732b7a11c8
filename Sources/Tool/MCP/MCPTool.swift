import API

/// A tool that a language model or an editor can call: what it is for, what it takes, what it reads.
struct MCPTool: Sendable {
  /// A parameter, always a string or a whole number.
  struct Argument: Sendable {
    let name: String
    let isInteger: Bool
    let isRequired: Bool
    let about: String
  }

  let name: String
  let about: String
  let arguments: [Argument]
  /// The answer as JSON, from the arguments that were given.
  let answer: @Sendable (Reader, [(name: String, value: String)]) async throws -> String

  /// All of them; none writes.
  static let all = [topQueries, explainQuery, comparePeriods, findings, recommendations]

  private static let topQueries = MCPTool(
    name: "top_queries",
    about: """
      Query patterns by what they cost (total, mean, max, calls, errors, rows, temp_bytes, lock_wait), \
      with percentiles. Times are in ms.
      """,
    arguments: [
      text("sort", "The order, highest first."), number("limit", "At most so many, 1 to 1000."),
      text("since", "From this time, RFC 3339."), text("until", "Before this time, RFC 3339."),
      text("source", "Only this source."), text("database", "Only this database."),
      text("search", "Only queries whose normalized text holds this."),
    ]
  ) { reader, given in try await reader.list(ListRequest(Catalog.queries, given)) }

  private static let explainQuery = MCPTool(
    name: "explain_query",
    about: """
      Everything about one query: its figures, latest executions and plans, findings, plan changes, \
      regressions and recommendations.
      """,
    arguments: [text("id", "The query's id: 16 hexadecimal digits.", isRequired: true)]
  ) { reader, given in
    let fixed = [
      (name: "query", value: given.first?.value ?? ""),
      (
        name: "include",
        value: Catalog.embedded(in: Catalog.queries).map(\.name).joined(separator: ",")
      ),
    ]
    return try await reader.first(ListRequest(Catalog.queries, [], fixed: fixed))
  }

  private static let comparePeriods = MCPTool(
    name: "compare_periods",
    about: "Two periods beside each other: what is new, gone, slower or faster, and why.",
    arguments: [
      text("baseline_since", "Start of the first period, RFC 3339.", isRequired: true),
      text("baseline_until", "Its end.", isRequired: true),
      text("since", "Start of the second period.", isRequired: true),
      text("until", "Its end.", isRequired: true), text("source", "Only this source."),
    ]
  ) { reader, given in try await reader.comparison(given) }

  private static let findings = MCPTool(
    name: "findings",
    about: "What was found in plans: cause, cost, remedy; by what could be saved.",
    arguments: [
      text("query", "Only of this query: 16 hexadecimal digits."), text("rule", "Only this rule."),
      number("limit", "At most so many, 1 to 1000."), text("source", "Only this source."),
    ]
  ) { reader, given in try await reader.list(ListRequest(Catalog.findings, given)) }

  private static let recommendations = MCPTool(
    name: "recommendations",
    about: "What to do, by what it would save a day.",
    arguments: [
      text("state", "open, resolved, regressed or dismissed."),
      text("query", "Only what this query gains from."),
      number("limit", "At most so many, 1 to 1000."),
    ]
  ) { reader, given in try await reader.list(ListRequest(Catalog.recommendations, given)) }

  private static func text(_ name: String, _ about: String, isRequired: Bool = false) -> Argument {
    Argument(name: name, isInteger: false, isRequired: isRequired, about: about)
  }

  private static func number(_ name: String, _ about: String) -> Argument {
    Argument(name: name, isInteger: true, isRequired: false, about: about)
  }

  /// As `tools/list` gives it.
  var description: JSONValue {
    var properties: [String: JSONValue] = [:]
    for argument in arguments {
      properties[argument.name] = .object([
        "type": .string(argument.isInteger ? "integer" : "string"),
        "description": .string(argument.about),
      ])
    }
    return .object([
      "name": .string(name), "description": .string(about),
      "inputSchema": .object([
        "type": .string("object"), "properties": .object(properties),
        "required": .array(arguments.filter(\.isRequired).map { .string($0.name) }),
        "additionalProperties": .bool(false),
      ]),
      "annotations": .object(["readOnlyHint": .bool(true)]),
    ])
  }

  /// Reads the arguments of a call; what is wrong with them otherwise.
  func read(_ given: JSONValue?) throws(APIError) -> [(name: String, value: String)] {
    guard case .object(let members) = given ?? .object([:]) else {
      throw Self.mistake("arguments", "are no object")
    }
    var result: [(name: String, value: String)] = []
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      guard let argument = arguments.first(where: { $0.name == name }) else {
        throw Self.mistake(name, "is no argument of \(self.name)")
      }
      switch value {
      case .string(let text) where !argument.isInteger: result.append((name, text))
      case .integer(let number) where argument.isInteger: result.append((name, String(number)))
      case .null: continue
      default:
        throw Self.mistake(name, argument.isInteger ? "is a whole number" : "is a string")
      }
    }
    for argument in arguments where argument.isRequired && !members.keys.contains(argument.name) {
      throw Self.mistake(argument.name, "is needed")
    }
    return result
  }

  private static func mistake(_ name: String, _ what: String) -> APIError {
    APIError(
      status: 400, kind: "invalid-parameter", title: "A parameter can't be read",
      detail: "\(name) \(what).", parameter: name)
  }
}
