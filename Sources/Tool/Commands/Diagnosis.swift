import Ingest
import LogModel
import LogSource
import LogStore

/// Something that a log can't show, and the setting that would.
struct Finding: Equatable {
  /// How much the log itself says so.
  enum Certainty: String {
    /// The log shows it.
    case sure
    /// Nothing of the kind is in the log: switched off, or it did not happen.
    case perhaps
  }

  /// What the setting costs the server.
  enum Cost: String {
    case none, low, moderate, high
    /// Low in time, but the log grows.
    case disk
  }

  /// Its name for programs.
  var name: String
  var source = ""
  var certainty = Certainty.sure
  /// How often it was seen.
  var count: Int64?
  /// For people: what can't be shown.
  var missing: String
  /// A line for postgresql.conf; nil where no setting helps.
  var setting: String?
  var cost = Cost.none
}

/// What reading logs without a store told about the settings that they were written with.
struct Diagnosis {
  private(set) var findings: [Finding] = []
  /// Versions of servers that started, as `15.4`.
  private(set) var versions: [String?] = []

  /// Adds what the logs of one source told.
  mutating func add(_ summary: ImportSummary, of source: String) {
    var found = Self.unreadable(summary)
    if let figures = summary.figures, summary.bytes > 0 {
      found += LogFindings.of(figures)
      found += Self.damage(summary, figures)
      for setting in figures.evidence.settings where setting.name == "server_version_num" {
        guard let version = setting.setting.flatMap({ Int($0) }) else { continue }
        let text = Self.version(version)
        if !versions.contains(text) { versions.append(text) }
      }
    }
    findings += found.map {
      var finding = $0
      finding.source = source
      return finding
    }
  }

  private static func version(_ number: Int) -> String {
    number >= 100_000
      ? "\(number / 10_000).\(number % 10_000)"
      : "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
  }

  /// Logs in other formats beside which there is no csvlog, and times that can't be read.
  private static func unreadable(_ summary: ImportSummary) -> [Finding] {
    var findings: [Finding] = []
    let kinds = summary.skipped.map(\.kind) + summary.problems.map(\.kind)
    let others = Int64(kinds.count { $0 == .stderrLog || $0 == .jsonLog })
    if others > 0, summary.files.isEmpty {
      findings.append(
        Finding(
          name: "no_csvlog", count: others,
          missing:
            "anything: logs in stderr or jsonlog format only (logging_collector has to be on)",
          setting: "log_destination = 'csvlog'", cost: .disk))
    }
    var words: [String] = []
    for word in summary.files.compactMap(\.unreadableZone) where !words.contains(word) {
      words.append(word)
    }
    if !words.isEmpty {
      findings.append(
        Finding(
          name: "zone_unreadable", count: Int64(summary.files.count { $0.unreadableZone != nil }),
          missing: "the time of records: \(words.joined(separator: ", ")) names no zone by itself"
            + " (--timezone ZONE reads what is there)",
          setting: "log_timezone = 'UTC'"))
    }
    if summary.translated > 0 {
      // Without a single statement nothing else explains it; beside statements someone else may have
      // written such messages.
      let isSure = summary.figures?.evidence.executions.count ?? 0 == 0
      findings.append(
        Finding(
          name: "translated", certainty: isSure ? .sure : .perhaps, count: summary.translated,
          missing: "statements and durations: \(summary.translated) records are in another language"
            + " than English, and only English ones are read",
          setting: "lc_messages = 'C'"))
    }
    return findings
  }

  /// What got lost on the way, which no setting of the server brings back.
  private static func damage(_ summary: ImportSummary, _ figures: FigureTally) -> [Finding] {
    var findings: [Finding] = []
    let missing = figures.evidence.missingLines
    if missing > 0 {
      findings.append(
        Finding(
          name: "missing_lines", count: missing,
          missing: "\(missing) records that sessions numbered and the files do not have"
            + (summary.rejected > 0 ? ", rejected ones among them" : ""),
          setting: summary.rejected > 0 ? nil : "log_truncate_on_rotation = off"))
    }
    if summary.rejected > 0 {
      findings.append(
        Finding(
          name: "rejected", count: summary.rejected,
          missing: "\(summary.rejected) records that are torn or damaged"))
    }
    if let forged = figures.events["forged"], forged > 0 {
      findings.append(
        Finding(
          name: "forged", count: forged,
          missing:
            "nothing: \(forged) records only look like durations (RAISE LOG); they are events"
        ))
    }
    return findings
  }
}
