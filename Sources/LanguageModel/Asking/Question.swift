internal import Digest
public import LogModel
internal import SQLText

/// What a model is told of one query: its normalized text, one of its plans without constants, and what the
/// rules found, with figures. Nothing raw goes in: every text passes the redactor on its way, whoever
/// normalized it before.
public struct Question: Sendable, Equatable {
  /// A plan that takes more is left out.
  public static let planBytesMax = 48 << 10
  /// A longer text is cut.
  public static let sqlBytesMax = 16 << 10
  /// Findings that are told, those that would save most.
  public static let findingsMax = 12

  /// One finding of the rules.
  public struct Finding: Sendable, Equatable {
    /// The rule's name.
    public var rule: String
    /// `info` to `critical`.
    public var severity: String
    /// 0 … 1; nil where the rule gives none.
    public var confidence: Double?
    /// In how many plans or days it was found.
    public var count: Int64
    /// What it would save at most, or what it cost, in ms; nil where it is about no time.
    public var savingMs: Double?
    /// The node of the plan, as `Seq Scan on orders`.
    public var node: String?
    /// The statement that the rule proposes.
    public var statement: String?
    /// Figures by name, with their unit.
    public var figures: [(name: String, value: Double, unit: String)]

    /// A finding.
    public init(
      rule: String, severity: String, confidence: Double?, count: Int64, savingMs: Double?,
      node: String? = nil, statement: String? = nil,
      figures: [(name: String, value: Double, unit: String)] = []
    ) {
      self.rule = rule
      self.severity = severity
      self.confidence = confidence
      self.count = count
      self.savingMs = savingMs
      self.node = node
      self.statement = statement
      self.figures = figures
    }

    /// Whether all is equal.
    public static func == (a: Finding, b: Finding) -> Bool {
      a.json == b.json && a.confidence == b.confidence
    }
  }

  /// What the question is about, for messages and the store.
  public let query: Int64
  /// Its finding that matters most says how much the answer matters.
  public let severity: String
  /// The highest confidence of its findings, 0 … 1.
  public let findingConfidence: Double
  /// How often the surest of its findings was seen.
  public let findingCount: Int64
  /// Whether a plan is told.
  public let hasPlan: Bool
  /// Whether the query's text is whole and the grammar took it.
  public let isTextWhole: Bool
  /// Statements that rules propose, redacted.
  public let proposals: [String]
  /// The JSON document that the model gets.
  public let json: String
  /// Words that an answer may name.
  let names: KnownNames

  /// A question about `query`.
  ///
  /// `figures` are those of all its executions; `plan` is as the store has it and is redacted here.
  public init(
    query: Int64, kind: String, sql: String, isTextWhole: Bool,
    figures: [(name: String, value: Double)], findings: [Finding],
    plan: (text: String, format: PlanFormat)?
  ) {
    let told = Array(findings.prefix(Self.findingsMax))
    let text = Self.cut(Redacting.sql(sql), to: Self.sqlBytesMax)
    let shownPlan = plan.flatMap(Self.shown)
    self.query = query
    self.isTextWhole = isTextWhole && text.isWhole
    hasPlan = shownPlan != nil
    severity = Severities.highest(told.map(\.severity))
    findingConfidence = told.compactMap(\.confidence).max() ?? Self.plainConfidence
    findingCount = told.map(\.count).max() ?? 0
    proposals = told.compactMap(\.statement).map(Redacting.sql)
    json = Self.document(
      [
        ("query_id", JSONWriting.quoted(Self.hex(query))), ("kind", JSONWriting.quoted(kind)),
        ("sql", JSONWriting.quoted(text.text)),
        ("sql_is_whole", self.isTextWhole ? "true" : "false"),
        (
          "figures",
          Self.document(
            figures.map { (Redacting.sql($0.name), JSONWriting.rounded($0.value)) })
        ),
        ("findings", "[" + told.map(\.json).joined(separator: ",") + "]"),
        ("plan_format", shownPlan.map { JSONWriting.quoted("\($0.format)") } ?? "null"),
        ("plan", shownPlan?.json ?? "null"),
      ])
    var names = KnownNames()
    names.add(sql: text.text)
    for finding in told {
      finding.node.map { names.add(sql: Redacting.sql($0)) }
      finding.statement.map { names.add(sql: Redacting.sql($0)) }
    }
    if let shownPlan {
      if shownPlan.format == .json {
        names.add(planJSON: shownPlan.json)
      } else {
        names.add(sql: shownPlan.text)
      }
    }
    self.names = names
  }

  /// SHA-256 of what the model is told, in hex: equal inputs, equal hashes.
  public var hash: String {
    let digits = Array("0123456789abcdef")
    return String(
      SHA256Hash.of(Array(json.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// What findings over executions are as sure of as rules over plans are at most.
  static let plainConfidence = 0.8

  /// The query's id as 16 hex digits.
  public static func hex(_ query: Int64) -> String {
    let digits = String(UInt64(bitPattern: query), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func shown(
    _ plan: (text: String, format: PlanFormat)
  ) -> (text: String, json: String, format: PlanFormat)? {
    guard plan.text.utf8.count <= planBytesMax else { return nil }
    let text = Redacting.plan(plan.text, plan.format)
    guard text.utf8.count <= planBytesMax else { return nil }
    return (text, plan.format == .json ? text : JSONWriting.quoted(text), plan.format)
  }

  private static func cut(_ text: String, to bytes: Int) -> (text: String, isWhole: Bool) {
    guard text.utf8.count > bytes else { return (text, true) }
    return (String(decoding: text.utf8.prefix(bytes), as: UTF8.self), false)
  }

  static func document(_ members: [(String, String)]) -> String {
    "{" + members.map { JSONWriting.quoted($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
  }
}

extension Question {
  /// Whether both ask the same.
  public static func == (a: Question, b: Question) -> Bool {
    a.query == b.query && a.json == b.json
  }
}

extension Question.Finding {
  /// The finding as the model gets it.
  var json: String {
    let shown = figures.map { figure in
      Question.document([
        ("name", JSONWriting.quoted(Redacting.sql(figure.name))),
        ("value", JSONWriting.rounded(figure.value)),
        ("unit", JSONWriting.quoted(Redacting.sql(figure.unit))),
      ])
    }
    return Question.document([
      ("rule", JSONWriting.quoted(rule)), ("severity", JSONWriting.quoted(severity)),
      ("confidence", confidence.map(JSONWriting.rounded) ?? "null"),
      ("found", JSONWriting.rounded(Double(count))),
      ("saving_ms", savingMs.map(JSONWriting.rounded) ?? "null"),
      ("node", node.map { JSONWriting.quoted(Redacting.sql($0)) } ?? "null"),
      ("proposed_statement", statement.map { JSONWriting.quoted(Redacting.sql($0)) } ?? "null"),
      ("figures", "[" + shown.joined(separator: ",") + "]"),
    ])
  }
}

/// The words for severities, in their order.
enum Severities {
  static let all = ["info", "low", "medium", "high", "critical"]

  static func highest(_ severities: [String]) -> String {
    all.last { severities.contains($0) } ?? "info"
  }
}

/// Takes constants out of every text that goes to a model.
enum Redacting {
  static func sql(_ text: String) -> String {
    Array(text.utf8).withUnsafeBufferPointer {
      String(decoding: LiteralRedactor.redactSQL($0), as: UTF8.self)
    }
  }

  static func plan(_ text: String, _ format: PlanFormat) -> String {
    Array(text.utf8).withUnsafeBufferPointer {
      String(decoding: LiteralRedactor.redactPlan($0, format), as: UTF8.self)
    }
  }
}
