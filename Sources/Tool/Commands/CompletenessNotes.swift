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
      missing.missingLines, "line that PostgreSQL wrote is missing in the log",
      "lines that PostgreSQL wrote are missing in the log")
    note(
      missing.outliers, "row has a time before 2000 or in the future",
      "rows have a time before 2000 or in the future")
    return notes + known(missing.settings) + unknown(missing.settings)
  }

  /// What known settings keep out of the log.
  private static func known(_ periods: [SettingPeriod]) -> [String] {
    periods.compactMap { period in
      guard case .partial(let text) = SettingEffect(period), let value = period.value else {
        return nil
      }
      let time = [period.from.map { "from \($0)" }, period.until.map { "until \($0)" }]
        .compactMap { $0 }.joined(separator: " ")
      let when = time.isEmpty ? "" : ", \(time)"
      return "\(period.source): \(text) (\(period.name) = \(value)\(when))"
    }
  }

  /// One sentence for each source of which settings are not known, for all of its time or a part.
  private static func unknown(_ periods: [SettingPeriod]) -> [String] {
    var names: [String: [String]] = [:]
    for period in periods where period.value == nil {
      if names[period.source]?.last != period.name {
        names[period.source, default: []].append(period.name)
      }
    }
    return names.sorted { $0.key < $1.key }.map { source, names in
      "\(source): not known for all of its time, so more may be missing: "
        + names.joined(separator: ", ") + " (import --settings tells them)"
    }
  }
}
