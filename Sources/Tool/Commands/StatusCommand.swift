import ArgumentParser
import LogStore

/// `pgtrawl status`
struct StatusCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Sources, files, offsets, rejects, gaps, completeness.",
    discussion: """
      Every record of a log became an execution, a plan or an event, is still open, or was \
      rejected; the counts of a file add up to what was read of it. 'missing' are lines within a \
      session that PostgreSQL numbered and the file does not have. What the server's settings keep \
      out of the log is told as far as they are known: from import --settings, and from the \
      reloads that the log tells of.

        pgtrawl status
        pgtrawl status --source prod-1 --format json
        pgtrawl status --open          sessions that wait for records of later files
        pgtrawl status --hourly --since 24h
      """)

  /// Open sessions that are shown.
  static let openMax = 1000

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Only this source.", valueName: "name"))
  var source: String?

  @Flag(help: "Also the sessions that wait for records of later files.")
  var open = false

  @Flag(help: "Also hour by hour (UTC); reads every row of that time.")
  var hourly = false

  @OptionGroup var period: PeriodOptions

  func validate() throws {
    guard hourly || period.isOpen else {
      throw ValidationError("--since and --until choose the hours of --hourly.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let (from, to) = try period.read(now: Now.logTime)
    try await context.store.withReports { reports in
      try await SourceCheck.exists(source, reports)
      var document = Document()
      Self.add(try await reports.sources(named: source), to: &document)
      Self.add(try await reports.files(ofSource: source), to: &document)
      Self.add(try await reports.rejects(ofSource: source), to: &document)
      SettingTable.add(try await reports.settingPeriods(ofSource: source), to: &document)
      if hourly {
        let hours = try await reports.hours(ofSource: source, since: from, until: to)
        Self.add(hours, to: &document)
      }
      if open {
        let sessions = try await reports.openSessions(ofSource: source, limit: Self.openMax)
        Self.add(sessions, to: &document)
      }
      context.console.write(document, as: format)
    }
    return .done
  }

  private static func add(_ sources: [SourceStatus], to document: inout Document) {
    document.add(
      table: [
        .init("name", "source"), .init("timezones", "zones"), .init("encoding"), .init("files"),
        .init("committed_bytes", "bytes"), .init("execution_records", "executions"),
        .init("plan_records", "plans"), .init("event_records", "events"),
        .init("open_records", "open"), .init("rejects"), .init("rejected_bytes", isHidden: true),
        .init("gaps"), .init("missing_lines", "missing"), .init("earlier_lines", "earlier"),
        .init("first_at", "first"), .init("last_at", "last"),
      ],
      sources.map {
        [
          .text($0.name), .list($0.timezones), .text($0.encoding), .count($0.files),
          .count($0.committedBytes), .count($0.executionRecords), .count($0.planRecords),
          .count($0.eventRecords), .count($0.openRecords), .count($0.rejects),
          .count($0.rejectedBytes), .count($0.gaps), .count($0.missingLines),
          .count($0.earlierLines), .maybe($0.firstAt), .maybe($0.lastAt),
        ]
      }, name: "sources", title: "Sources",
      emptyNote: "Nothing was imported yet; see pgtrawl import --help.")
  }

  private static func add(_ files: [FileStatus], to document: inout Document) {
    document.add(
      table: [
        .init("id"), .init("source"), .init("path", isElastic: true), .init("state"),
        .init("committed_offset", "offset"), .init("size"), .init("pending_bytes", "pending"),
        .init("execution_records", "executions"), .init("plan_records", "plans"),
        .init("event_records", "events"), .init("open_records", "open"), .init("rejects"),
        .init("rejected_bytes", isHidden: true), .init("gaps"),
        .init("missing_lines", "missing"),
        .init("first_at", isHidden: true), .init("last_at", "last"),
        .init("imported_at", isHidden: true),
      ],
      files.map {
        [
          .count($0.id), .text($0.source), .text($0.path), .text($0.state),
          .count($0.committedOffset), .maybe(count: $0.size), .count($0.pendingBytes),
          .count($0.executionRecords), .count($0.planRecords), .count($0.eventRecords),
          .count($0.openRecords), .count($0.rejects), .count($0.rejectedBytes), .count($0.gaps),
          .count($0.missingLines), .maybe($0.firstAt), .maybe($0.lastAt), .maybe($0.importedAt),
        ]
      }, name: "files", title: "Files (records by what became of them)")
  }

  private static func add(_ rejects: [RejectStatus], to document: inout Document) {
    document.add(
      table: [.init("reason", isElastic: true), .init("count"), .init("bytes"), .init("first")],
      rejects.map { [.text($0.reason), .count($0.count), .count($0.bytes), .text($0.first)] },
      name: "rejects", title: "Rejected records")
  }

  private static func add(_ hours: [HourStatus], to document: inout Document) {
    document.add(
      table: [
        .init("source"), .init("hour"), .init("bytes"), .init("execution_records", "executions"),
        .init("plan_records", "plans"), .init("event_records", "events"), .init("rejects"),
        .init("gaps"), .init("missing_lines", "missing"),
      ],
      hours.map {
        [
          .text($0.source), .text($0.hour), .count($0.bytes), .count($0.executionRecords),
          .count($0.planRecords), .count($0.eventRecords), .count($0.rejects), .count($0.gaps),
          .count($0.missingLines),
        ]
      }, name: "hours", title: "Hours (UTC; records by what became of them)",
      emptyNote: "No row in that time.")
  }

  private static func add(_ sessions: [OpenSessionStatus], to document: inout Document) {
    document.add(
      table: [
        .init("source"), .init("session_id", "session"), .init("first_line", "from line"),
        .init("last_line", "to line"), .init("last_at", "last"), .init("open_records", "open"),
        .init("missing_lines", "missing"),
      ],
      sessions.map {
        [
          .text($0.source), .text($0.session), .count($0.firstLine), .count($0.lastLine),
          .maybe($0.lastAt), .count($0.openRecords), .count($0.missingLines),
        ]
      }, name: "open_sessions", title: "Open sessions", emptyNote: "No session is open.")
  }
}
