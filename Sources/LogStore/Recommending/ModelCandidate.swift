public import LogModel

/// A query about which the rules found something, with all that a language model may be told of it.
public struct ModelCandidate: Sendable {
  /// One finding, over all of the last 30 days of log.
  public struct Finding: Sendable {
    /// The rule's name.
    public var rule: String
    /// `low` to `critical`.
    public var severity: String
    /// 0 … 1; nil where the rule gives none.
    public var confidence: Double?
    /// In how many plans, or days, it was found.
    public var count: Int64
    /// What it would save at most, or what it cost, in ms.
    public var savingMs: Double?
    /// The finding that would save most, or the figures of the last day, a JSON object.
    public var example: String
  }

  /// `queries.id`
  public var query: Int64
  /// `sources.id`
  public var source: Int32
  /// What was found, what saves most first.
  public var findings: [Finding]
  /// Of all findings, in ms.
  public var savingMs: Double { findings.reduce(0) { $0 + ($1.savingMs ?? 0) } }
}

/// The text and the figures of a query that a language model is asked about.
public struct ModelSubject: Sendable {
  /// `select`, `insert`, …
  public var kind: String
  /// Normalized text.
  public var sql: String
  /// Whether the grammar took the whole text.
  public var isParsed: Bool
  /// Figures of its executions in the last 30 days of log: name and value.
  public var figures: [(name: String, value: Double)]
  /// The plan of a finding, or else the latest one; nil where the log has none.
  public var plan: (text: String, format: PlanFormat)?
}

/// What the store has of a model's recommendations.
public struct KnownModelAnswer: Sendable, Equatable {
  /// `queries.id`
  public var query: Int64
  /// `sources.id`
  public var source: Int32
  /// Who said it.
  public var model: String
  /// With which words it was asked.
  public var promptVersion: String
  /// What it was told.
  public var inputHash: String
  /// `open`, `resolved`, `regressed` or `dismissed`; `rejected` where nothing of it was taken.
  public var state: String
}

/// A checked answer, to be stored.
public struct ModelAnswer: Sendable {
  /// `queries.id`
  public var query: Int64
  /// `sources.id`
  public var source: Int32
  /// Who said it.
  public var model: String
  /// With which words it was asked.
  public var promptVersion: String
  /// What it was told.
  public var inputHash: String
  /// That of the findings.
  public var severity: String
  /// 0 … 1
  public var confidence: Double
  /// What the findings would save in all, in ms.
  public var savingMs: Double
  /// One sentence.
  public var summary: String
  /// Why, and what to mind.
  public var details: String
  /// The statement that would help.
  public var statement: String?
  /// What it rests on, a JSON object.
  public var evidence: String

  /// An answer.
  public init(
    query: Int64, source: Int32, model: String, promptVersion: String, inputHash: String,
    severity: String, confidence: Double, savingMs: Double, summary: String, details: String,
    statement: String?, evidence: String
  ) {
    self.query = query
    self.source = source
    self.model = model
    self.promptVersion = promptVersion
    self.inputHash = inputHash
    self.severity = severity
    self.confidence = confidence
    self.savingMs = savingMs
    self.summary = summary
    self.details = details
    self.statement = statement
    self.evidence = evidence
  }
}

/// One version of what a model recommends for a query.
public struct ModelVersion: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// From 1.
  public var version: Int64
  /// Whether it is the last one.
  public var isCurrent: Bool
  /// `open`, `resolved`, `regressed` or `dismissed`.
  public var state: String
  /// When it was made, RFC 3339.
  public var generatedAt: String
  /// Who said it.
  public var model: String
  /// With which words it was asked.
  public var promptVersion: String
  /// What it was told.
  public var inputHash: String
  /// That of the findings.
  public var severity: String
  /// 0 … 1
  public var confidence: Double
  /// One sentence.
  public var summary: String
  /// Why, and what to mind.
  public var details: String
  /// The statement that would help.
  public var statement: String?
}
