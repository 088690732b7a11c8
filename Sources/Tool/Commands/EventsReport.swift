import ArgumentParser
import LogStore

/// `pgtrawl report events`
struct EventsReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Errors, warnings and what else the log says.",
    discussion: """
      First how many there are of each class, severity and SQLSTATE, then the latest of them. Classes \
      are error, cancel, deadlock, lock_wait, lock_acquired, temporary_file, warning, connection, \
      disconnection, checkpoint, autovacuum, parameter_changed, replication, server, other and some more.

        pgtrawl report events --since 24h
        pgtrawl report events --severity ERROR --severity FATAL --database shop
        pgtrawl report events --class checkpoint --limit 100 --format json
      """)

  /// As PostgreSQL names them.
  static let severities = [
    "DEBUG", "INFO", "NOTICE", "LOG", "WARNING", "ERROR", "FATAL", "PANIC",
  ]

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var period: PeriodOptions
  @OptionGroup var rows: RowOptions

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("Only this class; can be repeated.", valueName: "word"))
  var classes: [String] = []

  @Option(help: ArgumentHelp("Only this severity, as ERROR; can be repeated.", valueName: "word"))
  var severity: [String] = []

  func validate() throws {
    for word in severity where !Self.severities.contains(word.uppercased()) {
      throw ValidationError(
        "--severity: '\(word)' is none of \(Self.severities.joined(separator: ", ")).")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let (since, until) = try period.read(now: Now.logTime)
    let filter = ReportFilter(
      since: since, until: until, source: rows.source, database: rows.database, user: rows.user,
      application: rows.application)
    let severities = severity.map { $0.uppercased() }
    try await context.store.withReports { reports in
      try await SourceCheck.exists(filter.source, reports)
      var document = Document()
      Self.add(
        try await reports.eventCounts(
          filter, classes: classes, severities: severities, limit: rows.limit), to: &document)
      Self.add(
        try await reports.events(
          filter, classes: classes, severities: severities, limit: rows.limit), to: &document,
        name: "events", title: "The latest")
      context.console.write(document, as: format)
    }
    return .done
  }

  private static func add(_ counts: [EventCount], to document: inout Document) {
    document.add(
      table: [
        .init("class"), .init("severity"), .init("sqlstate"), .init("count"),
        .init("first_at", "first"), .init("last_at", "last"),
        .init("message", "last message", isElastic: true),
      ],
      counts.map {
        [
          .text($0.eventClass), .text($0.severity), .text($0.sqlstate), .count($0.count),
          .text($0.firstAt), .text($0.lastAt), .maybe($0.message),
        ]
      }, name: "counts", title: "How many", emptyNote: "No events here.")
  }

  /// Adds a table of single events.
  static func add(
    _ events: [StoredEvent], to document: inout Document, name: String, title: String
  ) {
    document.add(
      table: [
        .init("id", isHidden: true), .init("occurred_at", "time"), .init("class"),
        .init("severity"), .init("sqlstate"), .init("source", isHidden: true),
        .init("database", isHidden: true), .init("user", isHidden: true),
        .init("application", isHidden: true), .init("process_id", "process"),
        .init("query_id", "query id"), .init("message", isElastic: true),
        .init("detail", isElastic: true), .init("fields", isHidden: true),
      ],
      events.map {
        [
          .fact($0.key), .text($0.occurredAt), .text($0.eventClass), .text($0.severity),
          .text($0.sqlstate), .text($0.source), .maybe($0.database), .maybe($0.user),
          .maybe($0.application), .count($0.process), $0.query == 0 ? .none : .query($0.query),
          .maybe($0.message), .maybe($0.detail), $0.fields.map { .json($0) } ?? .none,
        ]
      }, name: name, title: title, emptyNote: "No events here.")
  }
}

/// `pgtrawl report locks`
struct LocksReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "locks", abstract: "Who waited for locks, how long, and for whom.",
    discussion: """
      The log tells of waits longer than deadlock_timeout, with log_lock_waits = on. 'detail' names the \
      processes that held the lock.

        pgtrawl report locks --since 7d
        pgtrawl report locks --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: AnalysisReportOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.report(output, options) { reports, filter, document in
      document.add(
        table: [
          .init("query_id", "query id"), .init("waits"), .init("wait_ms", "wait ms"),
          .init("share", "of its time %"), .init("deadlocks"), .init("calls"),
          .init("query", isElastic: true),
        ],
        try await reports.lockWaits(filter, limit: options.limit).map {
          [
            .query($0.query), .count($0.waits), .ms($0.waitMs), .maybe(share: $0.share),
            .count($0.deadlocks), .count($0.calls), QueryTable.text($0.text),
          ]
        }, name: "queries", title: "Queries that waited", emptyNote: "No lock waits here.")
      EventsReport.add(
        try await reports.events(
          filter, classes: ["lock_wait", "lock_acquired", "deadlock"], severities: [],
          limit: options.limit), to: &document, name: "events", title: "The latest waits")
    }
  }
}
