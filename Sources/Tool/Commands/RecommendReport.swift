import LanguageModel
import LogStore

/// What a run of `pgtrawl recommend` came to.
struct RecommendReport: Sendable, Equatable {
  /// Queries that had to be asked about.
  var asked: Int
  /// Queries whose recommendation is up to date.
  var unchanged: Int
  var stored = 0
  var unasked = 0
  var failed = 0
  var rejected: [Rejection: Int] = [:]
  /// Why the last of those that failed did.
  var failure = ""
  var figures = Consultation.Figures()

  init(asked: Int, unchanged: Int) {
    self.asked = asked
    self.unchanged = unchanged
  }

  mutating func note(_ outcome: Consultation.Outcome) {
    switch outcome {
    case .advice: stored += 1
    case .rejected(let reason): rejected[reason, default: 0] += 1
    case .failed(let reason):
      failed += 1
      failure = reason
    case .unasked: unasked += 1
    }
  }

  var rejections: Int { rejected.values.reduce(0, +) }

  /// What can't be reached weighs more than what was answered badly: trying again helps.
  var status: ExitStatus {
    switch figures.end {
    case .refused: return .failed
    case .unreachable: return .unavailable
    case .complete: if failed > 0 { return .unavailable }
    // A question that the budget cut off between two attempts had failed before.
    case .budget: if failed > 0 { return .unavailable }
    }
    return rejections > 0 ? .unreadable : .done
  }

  /// Sentences for stderr. Nothing that the endpoint said is in them.
  func notes(url: String) -> [String] {
    var notes: [String] = []
    switch figures.end {
    case .complete where failed > 0:
      notes.append(
        "the model at \(url): \(failed) queries were not answered: \(failure). Run it again later.")
    case .complete: break
    case .budget(let what):
      let option = what == .calls ? "--max-calls" : "--max-tokens"
      notes.append(
        "the budget is used up: \(unasked + failed) queries were left for another run. Raise \(option) "
          + "to ask about more.")
    case .unreachable(let reason):
      notes.append(
        "the model at \(url) can't be reached: \(reason). \(unasked + failed) queries were left. "
          + "Check that it runs, and run it again.")
    case .refused(let status):
      notes.append(
        "the model at \(url) refuses the request with HTTP status \(status). "
          + Self.advice(status) + ".")
    }
    if rejections > 0 {
      let reasons = Rejection.allCases.compactMap { reason in
        rejected[reason].map { "\($0) \(reason.rawValue)" }
      }
      notes.append(
        "\(rejections) answers were rejected: \(reasons.joined(separator: ", ")). Nothing of them is kept."
      )
    }
    return notes
  }

  private static func advice(_ status: Int) -> String {
    switch status {
    case 300...399: "It points elsewhere: name the other address with --model-url"
    case 401, 403: "Check the key"
    case 404: "Check --model-url and --model"
    default: "Check --model-url, --model and what the endpoint can do"
    }
  }

  var document: Document {
    var document = Document()
    document.add(record: [
      (.init("asked", "queries to ask about"), .count(Int64(asked))),
      (.init("stored", "recommendations made"), .count(Int64(stored))),
      (.init("unchanged", "recommendations up to date"), .count(Int64(unchanged))),
      (.init("rejected", "answers rejected"), .count(Int64(rejections))),
      (.init("failed", "queries not answered"), .count(Int64(failed))),
      (.init("left", "queries not asked"), .count(Int64(unasked))),
      (.init("calls", "requests sent"), .count(Int64(figures.calls))),
      (.init("tokens", "tokens counted"), .count(Int64(figures.tokens))),
    ])
    return document
  }
}

/// `pgtrawl recommend --versions`
enum ModelVersionsTable {
  static func document(_ versions: [ModelVersion]) -> Document {
    var document = Document()
    let rows = versions.indices.map { place -> [Cell] in
      let one = versions[place]
      let before = place > 0 && versions[place - 1].source == one.source ? versions[place - 1] : nil
      return [
        .text(one.source), .count(one.version), .text(one.state), .text(one.generatedAt),
        .text(one.model), .text(one.promptVersion), .text(String(one.inputHash.prefix(12))),
        .text(one.severity), .share(one.confidence),
        .list(before.map { differences($0, one) } ?? []), .text(one.summary),
        .maybe(one.statement), .text(one.details), .flag(one.isCurrent),
      ]
    }
    document.add(
      table: [
        .init("source"), .init("version"), .init("state"), .init("generated_at", "made"),
        .init("model"), .init("prompt_version", "prompt"), .init("input_hash", "input"),
        .init("severity"), .init("confidence", "sure %"), .init("differs", "differs in"),
        .init("summary", isElastic: true), .init("ddl", "statement", isElastic: true),
        .init("details", isHidden: true), .init("is_current", isHidden: true),
      ], rows, emptyNote: "No model recommended anything for this query.")
    return document
  }

  /// In what two versions differ, by the names of the columns.
  static func differences(_ a: ModelVersion, _ b: ModelVersion) -> [String] {
    [
      ("model", a.model != b.model), ("prompt_version", a.promptVersion != b.promptVersion),
      ("input_hash", a.inputHash != b.inputHash), ("severity", a.severity != b.severity),
      ("confidence", a.confidence != b.confidence), ("summary", a.summary != b.summary),
      ("ddl", a.statement != b.statement), ("details", a.details != b.details),
    ].filter(\.1).map(\.0)
  }
}
