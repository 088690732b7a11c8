import Ingest
import LogModel
import LogSource

/// The summaries of a command that imported one source or several.
struct ImportTotals {
  var summaries: [ImportSummary] = []

  mutating func add(_ summary: ImportSummary) { summaries.append(summary) }

  var readable: Int { summaries.reduce(0) { $0 + $1.readable } }
  var unreadable: Int { summaries.reduce(0) { $0 + $1.unreadable } }
  var rejected: Int64 { summaries.reduce(0) { $0 + $1.rejected } }
  var bytes: Int64 { summaries.reduce(0) { $0 + $1.bytes } }

  /// How many files ended in one of `results`.
  func files(_ results: FileOutcome.Result...) -> Int64 {
    Int64(summaries.flatMap(\.files).count { results.contains($0.result) })
  }

  func sum(_ figure: (Dispositions) -> Int64) -> Int64 {
    summaries.reduce(0) { $0 + figure($1.dispositions) }
  }
}

/// What an import tells when it is done.
enum ImportReport {
  /// Patterns of a dry run that are shown.
  static let patternsShown = 10

  /// Says on stderr what could not be read, and what was left out of directories.
  static func note(_ summary: ImportSummary, on console: Console) {
    for problem in summary.problems {
      console.note(ErrorMessage.sentence(problem.description))
    }
    for file in summary.files {
      if let problem = file.problem {
        // An error of the input names the path itself.
        let isNamed = problem.hasPrefix(file.path.escaped)
        console.note(
          ErrorMessage.sentence(isNamed ? problem : "\(file.path.escaped): \(problem)"))
      }
      if file.problem == nil, file.pendingBytes > 0 {
        console.note(
          "\(file.path.escaped): the last \(file.pendingBytes) bytes are no whole record yet. "
            + "Import it again when it has grown.")
      }
    }
    if summary.translated > 0 {
      console.note(
        "\(summary.translated) \(summary.translated == 1 ? "record is" : "records are") in another"
          + " language than English: durations and statements in them were read as events only. "
          + "Set lc_messages = 'C' on the server.")
    }
    let empty = summary.files.count { if case .empty = $0.result { true } else { false } }
    if empty != 0 { console.note("\(empty == 1 ? "1 file is" : "\(empty) files are") empty.") }
    if !summary.skipped.isEmpty {
      let count = summary.skipped.count
      let formats = [(InputProblem.Kind.stderrLog, "stderr"), (.jsonLog, "jsonlog")].compactMap {
        format in
        let count = summary.skipped.count { $0.kind == format.0 }
        return count == 0 ? nil : "\(count) in \(format.1) format"
      }
      console.note(
        "\(count) \(count == 1 ? "file" : "files") in directories left out: no csvlog"
          + (formats.isEmpty
            ? "."
            : " (\(formats.joined(separator: ", "))). Add csvlog to log_destination to have them too.")
      )
    }
  }

  static func document(_ total: ImportTotals) -> Document {
    var document = Document()
    document.add(record: [
      (.init("files_imported", "files imported"), .count(total.files(.imported))),
      (
        .init("files_known", "files known already"),
        .count(total.files(.nothingNew, .alias, .shorter))
      ),
      (
        .init("files_empty", "files empty", isHidden: total.files(.empty) == 0),
        .count(total.files(.empty))
      ),
      (.init("inputs_unreadable", "inputs unreadable"), .count(Int64(total.unreadable))),
      (.init("bytes", "bytes read"), .count(total.bytes)),
      (.init("execution_records", "records: executions"), .count(total.sum(\.executionRecords))),
      (.init("plan_records", "records: plans"), .count(total.sum(\.planRecords))),
      (.init("event_records", "records: events"), .count(total.sum(\.eventRecords))),
      (.init("open_records", "records: open"), .count(total.sum(\.openRecords))),
      (.init("rejected_records", "records: rejected"), .count(total.rejected)),
    ])
    for figures in total.summaries.compactMap(\.figures) { add(figures, to: &document) }
    return document
  }

  private static func add(_ figures: FigureTally, to document: inout Document) {
    var counts: [(kind: String, count: Int64)] = []
    counts += figures.succeeded.map { ("execution: \($0.key.word)", $0.value) }
    counts += figures.failed.map { ("failed: \($0.key)", $0.value) }
    counts += figures.events.map { ("event: \($0.key)", $0.value) }
    counts.append(("nested execution", figures.nested))
    counts.append(("plan", figures.plans))
    let rows = counts.filter { $0.count != 0 }.sorted { $0.kind < $1.kind }
    document.add(
      table: [.init("kind"), .init("count")], rows.map { [.text($0.kind), .count($0.count)] },
      name: "counts", title: "Found (nothing was stored)")
    let patterns = figures.patternsByTotal.prefix(patternsShown)
    document.add(
      table: [
        .init("id"), .init("calls"), .init("errors"), .init("total_ms", "total ms"),
        .init("max_ms", "max ms"), .init("query", isElastic: true),
      ],
      patterns.map {
        [
          .query($0.id), .count($0.calls), .count($0.failed),
          .ms(Double($0.totalMicros) / 1000), .ms(Double($0.maxMicros) / 1000),
          QueryTable.text(
            $0.normalizedSQL.isEmpty ? nil : String(decoding: $0.normalizedSQL, as: UTF8.self)),
        ]
      }, name: "queries", title: "Most time")
  }
}
