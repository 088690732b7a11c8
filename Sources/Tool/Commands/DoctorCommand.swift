import ArgumentParser
import Ingest
import LogModel
import LogSource

/// `pgtrawl doctor`
struct DoctorCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Reads a log and says what it can't show, and which setting would.",
    discussion: """
      Needs no store, and nothing of the server but its files. Each finding names a line for \
      postgresql.conf and what it costs; a reload is enough unless it says otherwise. 'sure' is seen \
      in the log; 'perhaps' means that nothing of the kind is in it: switched off, or it did not \
      happen. A short stretch of a busy hour tells most.

        pgtrawl doctor /var/log/postgresql
        pgtrawl doctor postgresql-2026-03-01.csv
        pgtrawl doctor --format json '/archive/*.csv.gz'
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Files, directories, globs, or -.", completion: .file())
  var path: [String] = []

  @OptionGroup var log: LogOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let typed = LowImportArguments(
      paths: path, source: log.source, timezones: log.timezone, isDryRun: true)
    var total = ImportTotals()
    var diagnosis = Diagnosis()
    for source in try ImportSettings(typed, context.layers).sources {
      var settings = IngestSettings()
      settings.source = source.name
      settings.timezones = source.timezones
      settings.encoding = source.encoding
      let run = ImportRun(settings: settings)
      let summary = try await ProgressDisplay.showing(run.progress, on: context.console) {
        try await run.run(source.paths.map { LogPath(argument: $0) })
      }
      ImportReport.note(summary, on: context.console)
      total.add(summary)
      diagnosis.add(summary, of: source.name)
    }
    guard total.readable > 0 || !diagnosis.findings.isEmpty else { return .failed }
    context.console.write(Self.document(total, diagnosis), as: format)
    return .done
  }

  private static func document(_ total: ImportTotals, _ diagnosis: Diagnosis) -> Document {
    var document = Document()
    let period = total.summaries.compactMap { $0.figures?.period }
    let first = period.map(\.lowerBound).min()
    let last = period.map(\.upperBound).max()
    document.add(record: [
      (.init("files"), .count(total.files(.imported))),
      (.init("bytes"), .count(total.bytes)),
      (
        .init("records"),
        .count(
          total.sum { $0.executionRecords + $0.planRecords + $0.eventRecords + $0.openRecords })
      ),
      (.init("rejected_records", "records rejected"), .count(total.rejected)),
      (.init("first_at", "first"), .maybe(first.map { LogTimeText.of($0) })),
      (.init("last_at", "last"), .maybe(last.map { LogTimeText.of($0) })),
      (.init("server_versions", "server"), .list(diagnosis.versions)),
    ])
    document.add(
      table: [
        .init("source", isHidden: total.summaries.count < 2), .init("finding", isHidden: true),
        .init("certainty"), .init("count", isHidden: true),
        .init("missing", "what the log can't show", isElastic: true),
        .init("setting", "postgresql.conf"), .init("cost"),
      ],
      diagnosis.findings.map {
        [
          .text($0.source), .text($0.name), .text($0.certainty.rawValue), .maybe(count: $0.count),
          .text($0.missing), .maybe($0.setting), .text($0.cost.rawValue),
        ]
      }, name: "findings", title: "Findings", emptyNote: "Nothing is known to be missing.")
    return document
  }
}

/// A log time as results have it.
enum LogTimeText {
  /// RFC 3339 in UTC, to the millisecond.
  static func of(_ time: LogTime) -> String {
    let perDay: Int64 = 86_400_000_000
    let remainder = time.microseconds % perDay
    let within = remainder < 0 ? remainder + perDay : remainder
    let date = CivilDate.civil(days: Int((time.microseconds - within) / perDay))
    let millis = Int(within / 1000)
    let clock = [millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60]
      .map { padded($0, 2) }.joined(separator: ":")
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock)"
      + ".\(padded(millis % 1000, 3))Z"
  }

  private static func padded(_ number: Int, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}
