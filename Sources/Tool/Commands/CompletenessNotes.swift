import LogStore

/// What a reader of figures has to know about what they leave out.
enum CompletenessNotes {
  /// One sentence each, without full stop; none where nothing is known to be missing.
  static func of(_ summary: StoreSummary, _ missing: Completeness) -> [String] {
    var notes: [String] = []
    func note(_ count: Int64, _ one: String, _ many: String) {
      if count > 0 { notes.append("\(ProgressLine.grouped(count)) \(count == 1 ? one : many)") }
    }
    note(
      summary.provisional, "execution is provisional: later records may still change it",
      "executions are provisional: later records may still change them")
    note(
      summary.untimed, "execution has no duration in the log",
      "executions have no duration in the log")
    note(summary.textless, "execution has no text in the log", "executions have no text in the log")
    note(
      summary.transcoded, "execution has text that was no UTF-8",
      "executions have text that was no UTF-8")
    note(missing.rejects, "record was rejected", "records were rejected")
    note(
      missing.gaps, "range of a log file is known to be lost",
      "ranges of log files are known to be lost")
    note(
      missing.brokenFiles, "file is cut short or damaged", "files are cut short or damaged")
    if missing.pendingBytes > 0 {
      notes.append("\(Number.bytes(missing.pendingBytes)) at ends of files are no whole record yet")
    }
    note(
      missing.missingLines, "line of an open session is missing in the log",
      "lines of open sessions are missing in the log")
    note(
      missing.outliers, "row has a time before 2000 or in the future",
      "rows have a time before 2000 or in the future")
    for setting in missing.settings {
      if let text = text(of: setting) { notes.append("\(setting.source): \(text)") }
    }
    return notes
  }

  /// What a setting keeps out of the log; nil for one that keeps nothing out.
  private static func text(of setting: Completeness.Setting) -> String? {
    let value = setting.value.split(separator: " ").first.map(String.init) ?? setting.value
    let said = "\(setting.name) = \(setting.value)"
    switch setting.name {
    case "log_min_duration_statement", "log_min_duration_sample":
      guard value != "0", value != "-1" else { return nil }
      return "faster statements are not in the log (\(said))"
    case "log_statement_sample_rate", "log_transaction_sample_rate":
      guard value != "0", value != "1" else { return nil }
      return "only a sample is in the log (\(said))"
    case "auto_explain.log_min_duration":
      if value == "-1" { return "no plans are in the log (\(said))" }
      return value == "0" ? nil : "plans of faster statements are not in the log (\(said))"
    case "auto_explain.sample_rate":
      return value == "1" ? nil : "only a sample of the plans is in the log (\(said))"
    default: return nil
    }
  }
}
