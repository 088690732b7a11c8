/// The OpenAPI 3.1 document, made from the declarations that also make the SQL.
public enum OpenAPI {
  /// The document as JSON.
  public static func document(version: String) -> String {
    var paths = Catalog.lists.map { resource in
      "\"/v1/\(resource.name)\":{\"get\":\(listOperation(resource))}"
    }
    paths.append(one("/v1/queries/{id}", Catalog.queries, "query", includes: true))
    paths.append(one("/v1/plans/{id}", Catalog.plan, "plan", includes: false))
    paths.append(series)
    paths.append(comparison)
    paths.append(plain("/v1/summary", "Summary", "What the store holds."))
    let schemas = (Catalog.lists + [Catalog.plan]).map { "\"\($0.schema)\":\(schema($0))" }
    return """
      {"openapi":"3.1.0","info":{"title":"pgtrawl","version":\(JSONText.quoted(version)),\
      "description":"What PostgreSQL's logs say about queries, executions and plans. Read-only."},\
      "servers":[{"url":"/"}],"security":[{},{"token":[]}],\
      "paths":{\(paths.joined(separator: ","))},\
      "components":{"securitySchemes":{"token":{"type":"http","scheme":"bearer"}},\
      "responses":\(responses),"schemas":{\(schemas.joined(separator: ",")),\(ownSchemas)}}}
      """
  }

  // MARK: - Operations

  private static func listOperation(_ resource: Resource) -> String {
    var parameters = resource.filters.map { filter in
      parameter(filter.name, filter.about, filterSchema(filter))
    }
    let sorts = resource.sorts.flatMap { [$0.name, "+\($0.name)", "-\($0.name)"] }
    parameters.append(
      parameter("sort", "The order, highest first; with + the lowest first.", choices(sorts)))
    parameters.append(
      parameter(
        "limit", "Rows of a page.",
        """
        {"type":"integer","minimum":1,"maximum":\(ListRequest.limitMax),\
        "default":\(ListRequest.limitDefault)}
        """))
    parameters.append(
      parameter(
        "cursor", "'next' of the page before, with the same other parameters.",
        "{\"type\":\"string\",\"maxLength\":2048,\"pattern\":\"^[A-Za-z0-9_-]+$\"}"))
    parameters.append(
      parameter("fields", "Only these fields.", list(resource.fields.map(\.name)), isList: true))
    let embedded = Catalog.embedded(in: resource)
    if !embedded.isEmpty {
      parameters.append(
        parameter("include", "What is embedded.", list(embedded.map(\.name)), isList: true))
    }
    let content = """
      {"type":"object","required":["data","next"],"properties":{\
      "data":{"type":"array","items":{"$ref":"#/components/schemas/\(resource.schema)"}},\
      "next":{"type":["string","null"]}}}
      """
    return operation(
      "list_\(resource.name)", resource.about, parameters, content, errors: [400, 401, 404, 503])
  }

  private static func one(
    _ path: String, _ resource: Resource, _ name: String, includes: Bool
  ) -> String {
    let pattern = name == "query" ? "^[0-9a-fA-F]{16}$" : "^[0-9]{1,18}-[0-9]{1,18}$"
    var parameters = [
      """
      {"name":"id","in":"path","required":true,"schema":{"type":"string","pattern":"\(pattern)"}}
      """
    ]
    if includes {
      let embedded = Catalog.embedded(in: resource).map(\.name)
      parameters.append(parameter("include", "What is embedded.", list(embedded), isList: true))
    }
    let content = """
      {"type":"object","required":["data"],"properties":{\
      "data":{"$ref":"#/components/schemas/\(resource.schema)"}}}
      """
    let text = operation(
      "get_\(name)", resource.about, parameters, content, errors: [400, 401, 404, 503])
    return "\"\(path)\":{\"get\":\(text)}"
  }

  private static var series: String {
    let parameters =
      [
        """
        {"name":"id","in":"path","required":true,\
        "schema":{"type":"string","pattern":"^[0-9a-fA-F]{16}$"}}
        """
      ] + period
    let content = """
      {"type":"object","required":["data"],"properties":{\
      "data":{"type":"array","items":{"$ref":"#/components/schemas/SeriesPoint"}}}}
      """
    let text = operation(
      "get_series", "A query's figures hour by hour (UTC).", parameters, content,
      errors: [400, 401, 404, 503])
    return "\"/v1/queries/{id}/series\":{\"get\":\(text)}"
  }

  private static var comparison: String {
    let names = ["baseline_since", "baseline_until", "since", "until"]
    let parameters =
      names.map { name in
        """
        {"name":"\(name)","in":"query","required":true,"description":"An end of the period.",\
        "schema":{"type":"string","format":"date-time"}}
        """
      } + [parameter("source", "Only of this source.", "{\"type\":\"string\"}")]
    let content = """
      {"type":"object","required":["data"],"properties":{\
      "data":{"type":"array","items":{"$ref":"#/components/schemas/Difference"}}}}
      """
    let text = operation(
      "compare", "Two periods: what is new, gone, slower or faster, and why.", parameters, content,
      errors: [400, 401, 503])
    return "\"/v1/compare\":{\"get\":\(text)}"
  }

  private static func plain(_ path: String, _ schema: String, _ about: String) -> String {
    let content = """
      {"type":"object","required":["data"],"properties":{\
      "data":{"$ref":"#/components/schemas/\(schema)"}}}
      """
    let name = "get_" + path.split(separator: "/").joined(separator: "_")
    return "\"\(path)\":{\"get\":\(operation(name, about, [], content, errors: [400, 401, 503]))}"
  }

  private static func operation(
    _ id: String, _ about: String, _ parameters: [String], _ content: String, errors: [Int]
  ) -> String {
    let problems = errors.map { "\"\($0)\":{\"$ref\":\"#/components/responses/Problem\"}" }
    return """
      {"operationId":"\(id)","summary":\(JSONText.quoted(about)),\
      "parameters":[\(parameters.joined(separator: ","))],\
      "responses":{"200":{"description":"As asked.","content":{"application/json":\
      {"schema":\(content)}}},\(problems.joined(separator: ","))}}
      """
  }

  private static let period = [
    parameter("since", "Not before this time.", "{\"type\":\"string\",\"format\":\"date-time\"}"),
    parameter("until", "Before this time.", "{\"type\":\"string\",\"format\":\"date-time\"}"),
  ]

  // MARK: - Parameters

  private static func parameter(
    _ name: String, _ about: String, _ schema: String, isList: Bool = false
  ) -> String {
    let style = isList ? ",\"style\":\"form\",\"explode\":false" : ""
    return """
      {"name":"\(name)","in":"query","description":\(JSONText.quoted(about))\(style),\
      "schema":\(schema)}
      """
  }

  private static func filterSchema(_ filter: Filter) -> String {
    if !filter.choices.isEmpty { return choices(filter.choices) }
    return switch filter.kind {
    case .queryID: "{\"type\":\"string\",\"pattern\":\"^[0-9a-fA-F]{16}$\"}"
    case .integer: "{\"type\":\"integer\",\"format\":\"int64\"}"
    case .number: "{\"type\":\"number\"}"
    case .boolean: "{\"type\":\"boolean\"}"
    case .time: "{\"type\":\"string\",\"format\":\"date-time\"}"
    case .factID, .text, .texts, .json:
      """
      {"type":"string","maxLength":\(Filter.charactersMax),"pattern":"^[^\\\\u0000]*$"}
      """
    }
  }

  private static func choices(_ names: [String]) -> String {
    "{\"type\":\"string\",\"enum\":[\(names.map { "\"\($0)\"" }.joined(separator: ","))]}"
  }

  private static func list(_ names: [String]) -> String {
    "{\"type\":\"array\",\"minItems\":1,\"items\":\(choices(names))}"
  }

  // MARK: - Schemas

  private static func schema(_ resource: Resource) -> String {
    var properties = resource.fields.map { "\"\($0.name)\":\(property($0))" }
    for embedded in Catalog.embedded(in: resource) {
      properties.append(
        """
        "\(embedded.name)":{"type":"array","maxItems":\(Reader.embeddedMax),\
        "items":{"$ref":"#/components/schemas/\(embedded.schema)"}}
        """)
    }
    return """
      {"type":"object","description":\(JSONText.quoted(resource.about)),\
      "additionalProperties":false,"properties":{\(properties.joined(separator: ","))}}
      """
  }

  private static func property(_ field: Field) -> String {
    let about = ",\"description\":\(JSONText.quoted(field.about))"
    let type = { (name: String) in
      field.isNullable ? "\"type\":[\"\(name)\",\"null\"]" : "\"type\":\"\(name)\""
    }
    return switch field.kind {
    case .queryID: "{\(type("string")),\"pattern\":\"^[0-9a-f]{16}$\"\(about)}"
    case .factID: "{\(type("string")),\"pattern\":\"^-?[0-9]+-[0-9]+$\"\(about)}"
    case .text: "{\(type("string"))\(about)}"
    case .integer: "{\(type("integer")),\"format\":\"int64\"\(about)}"
    case .number: "{\(type("number"))\(about)}"
    case .boolean: "{\(type("boolean"))\(about)}"
    case .time: "{\(type("string")),\"format\":\"date-time\"\(about)}"
    case .texts: "{\(type("array")),\"items\":{\"type\":[\"string\",\"null\"]}\(about)}"
    case .json: "{\"description\":\(JSONText.quoted(field.about))}"
    }
  }

  private static let responses = """
    {"Problem":{"description":"Not answered; the body says why.","content":{\
    "application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}}
    """

  private static var ownSchemas: String {
    let figures = [SeriesSQL.fields, ComparisonSQL.fields, SummarySQL.fields]
    let names = ["SeriesPoint", "Difference", "Summary"]
    let parts = zip(names, figures).map { name, fields in
      let properties = fields.map { "\"\($0.name)\":\(property($0))" }.joined(separator: ",")
      return "\"\(name)\":{\"type\":\"object\",\"properties\":{\(properties)}}"
    }
    return parts.joined(separator: ",") + """
      ,"Problem":{"type":"object","required":["type","title","status","detail"],"properties":{\
      "type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},\
      "detail":{"type":"string"},"parameter":{"type":"string"}}}
      """
  }
}
