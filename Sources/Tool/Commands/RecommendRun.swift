internal import Foundation
import LanguageModel
import LogModel
import LogStore
import Synchronization

/// One run of `pgtrawl recommend`: what is asked, and what becomes of the answers.
struct RecommendRun: Sendable {
  /// A question and what it is about.
  struct Open: Sendable {
    var question: Question
    var candidate: ModelCandidate
  }

  let store: Store
  let endpoint: ModelEndpoint
  let source: String?
  let query: Int64?
  let console: Console

  /// What has to be asked: those first that were never rejected, by what they would save.
  func questions() async throws -> [Open] {
    try await questions(about: try await store.modelCandidates(source: source, query: query)).open
  }

  /// Asks, and stores each answer when it is there: a run that is stopped keeps what it has.
  func ask(_ consultation: Consultation, concurrency: Int) async throws -> RecommendReport {
    let candidates = try await store.modelCandidates(source: source, query: query)
    // Only who sees all findings can tell that there are none.
    if source == nil, query == nil { try await store.settleModelAnswers(candidates) }
    let (open, unchanged) = try await questions(about: candidates)
    let tally = Mutex(RecommendReport(asked: open.count, unchanged: unchanged))
    // Two sources can hold the same query and the same findings: that is one question.
    let shared = Dictionary(grouping: open) { Self.key($0.question) }
    var seen: Set<String> = []
    let questions = open.map(\.question).filter { seen.insert(Self.key($0)).inserted }
    try await consultation.run(questions, concurrency: concurrency) { question, outcome in
      for one in shared[Self.key(question)] ?? [] { try await take(outcome, one) }
      tally.withLock { $0.note(outcome) }
    }
    var report = tally.withLock { $0 }
    report.figures = consultation.figures
    return report
  }

  private static func key(_ question: Question) -> String { "\(question.query) \(question.hash)" }

  private func questions(
    about candidates: [ModelCandidate]
  ) async throws -> (open: [Open], unchanged: Int) {
    let known = Dictionary(grouping: try await store.knownModelAnswers()) {
      "\($0.query) \($0.source)"
    }
    var (fresh, rejected, unchanged): ([Open], [Open], Int) = ([], [], 0)
    for candidate in candidates {
      try Task.checkCancellation()
      let answers = known["\(candidate.query) \(candidate.source)"] ?? []
      if answers.contains(where: { $0.state == "dismissed" }) { continue }
      guard let question = try await question(candidate) else { continue }
      let same = answers.filter {
        $0.model == endpoint.model && $0.promptVersion == Prompt.version
          && $0.inputHash == question.hash
      }
      if same.contains(where: { $0.state != "rejected" }) {
        unchanged += 1
      } else if same.isEmpty {
        fresh.append(Open(question: question, candidate: candidate))
      } else {
        rejected.append(Open(question: question, candidate: candidate))
      }
    }
    return (fresh + rejected, unchanged)
  }

  private func question(_ candidate: ModelCandidate) async throws -> Question? {
    let findings = candidate.findings.map { ($0, FindingExample($0.example)) }
    guard
      let subject = try await store.modelSubject(
        of: candidate, plan: findings.lazy.compactMap(\.1.plan).first)
    else { return nil }
    return Question(
      query: candidate.query, kind: subject.kind, sql: subject.sql, isTextWhole: subject.isParsed,
      figures: subject.figures,
      findings: findings.map { finding, example in
        Question.Finding(
          rule: finding.rule, severity: finding.severity, confidence: finding.confidence,
          count: finding.count, savingMs: finding.savingMs, node: example.node,
          statement: example.statement, figures: example.figures)
      }, plan: subject.plan)
  }

  private func take(_ outcome: Consultation.Outcome, _ one: Open) async throws {
    let (question, candidate) = (one.question, one.candidate)
    switch outcome {
    case .advice(let advice):
      try await store.write(
        ModelAnswer(
          query: candidate.query, source: candidate.source, model: endpoint.model,
          promptVersion: Prompt.version, inputHash: question.hash, severity: question.severity,
          confidence: advice.confidence, savingMs: candidate.savingMs, summary: advice.summary,
          details: advice.details, statement: advice.statement,
          evidence: try Self.evidence(advice, candidate)))
    case .rejected(let rejection):
      try await store.countRejection(
        query: candidate.query, source: candidate.source, model: endpoint.model,
        promptVersion: Prompt.version, inputHash: question.hash, reason: rejection.rawValue)
    case .failed, .unasked: break
    }
  }

  private static func evidence(_ advice: Advice, _ candidate: ModelCandidate) throws -> String {
    let findings = candidate.findings.prefix(Question.findingsMax).map { finding -> JSONValue in
      .object([
        "rule": .string(finding.rule), "severity": .string(finding.severity),
        "found": .integer(finding.count),
        "saving_ms": finding.savingMs.map { .number($0) } ?? .null,
        "confidence": finding.confidence.map { .number($0) } ?? .null,
      ])
    }
    let evidence = JSONValue.object([
      "findings": .array(findings), "names": .array(advice.names.map { .string($0) }),
      "claimed_confidence": .number(advice.claimedConfidence),
      "lowered_by": .array(advice.lowered.map { .string($0.rawValue) }),
    ])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(evidence), as: UTF8.self)
  }
}

/// What a model may be told of a stored finding: names, figures, the proposed statement; no sentence, because
/// a sentence can hold what stood in the log.
struct FindingExample {
  /// Figures that are told of one finding.
  private static let figuresMax = 24

  var node: String?
  var statement: String?
  var plan: FactKey?
  var figures: [(name: String, value: Double, unit: String)] = []

  /// Of the JSON that the analysis keeps; empty for what is none.
  init(_ json: String) {
    guard let example = try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)) else {
      return
    }
    node = example["node"]?.string
    statement = example["ddl"]?.string
    plan = example["plan"]?.string.flatMap(PublicID.fact)
    guard case .array(let listed)? = example["figures"] else {
      figures = Self.numbers(example, "").prefix(Self.figuresMax).map { ($0.0, $0.1, "") }
      return
    }
    figures = listed.prefix(Self.figuresMax).compactMap { figure in
      guard let name = figure["name"]?.string, let value = figure["value"]?.double else {
        return nil
      }
      return (name, value, figure["unit"]?.string ?? "")
    }
  }

  /// Numbers by their path; keys that are not made as the rules make theirs could come from a log.
  private static func numbers(_ value: JSONValue, _ path: String) -> [(String, Double)] {
    if let number = value.double { return [(path, number)] }
    guard case .object(let members) = value else { return [] }
    return members.sorted { $0.key < $1.key }.flatMap { key, value -> [(String, Double)] in
      guard key.utf8.count <= 40,
        key.utf8.allSatisfy({ 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F })
      else { return [] }
      return numbers(value, path.isEmpty ? key : "\(path).\(key)")
    }
  }
}

extension JSONValue {
  /// The number, whole or not.
  fileprivate var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
