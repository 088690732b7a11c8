import LogModel
import LogStore

/// What `nightly --keep` drops: months that ended longer ago than rows are kept.
enum NightlyRetention {
  /// What was dropped.
  struct Outcome {
    var months = 0
    var rows: Int64 = 0
  }

  private static let dayMicros: Int64 = 86_400_000_000

  /// The time before which months have to end; nil when nothing is to be dropped. Throws `usage`.
  static func limit(_ keep: String?, now: LogTime) throws(ToolError) -> LogTime? {
    guard let keep else { return nil }
    guard let span = TimeArgument.span(keep), span >= dayMicros else {
      throw ToolError(
        .usage, "--keep", "'\(keep)' is no length of time from 1d on", next: "Write 90d or 52w")
    }
    return LogTime(microseconds: now.microseconds - span)
  }

  /// What would be dropped.
  static func list(before limit: LogTime, _ context: ToolContext) async throws -> Document {
    let store = Store(
      conninfo: try await context.store.existing(), schemaCheck: StoreAccess.schemaCheck)
    let months: [OldMonth]
    do {
      months = try await store.oldMonths(before: limit)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
    var document = Document()
    document.add(
      table: [.init("month"), .init("row_estimate", "rows (about)"), .init("bytes")],
      months.map { [.text(name(of: $0)), .count($0.rowEstimate), .count($0.bytes)] },
      emptyNote: "No month is that old.")
    return document
  }

  /// Drops them, the earliest first; `store` holds the lock of the analysis.
  static func drop(
    before limit: LogTime, from store: Store, _ console: Console
  ) async throws -> Outcome {
    var outcome = Outcome()
    try await store.gatherStrays(before: limit)
    let months = try await store.oldMonths(before: limit)
    guard let last = months.last else { return outcome }
    try await store.leaveSessions(through: last)
    for month in months {
      guard let rows = try await store.drop(month) else {
        console.note(
          "\(name(of: month)) is not dropped: it has rows that are not summed up yet. "
            + "The next run does it.")
        break
      }
      outcome.months += 1
      outcome.rows += rows
      console.note("\(name(of: month)) is dropped: \(rows) rows.")
    }
    return outcome
  }

  /// `2026-01`
  private static func name(of month: OldMonth) -> String { String(month.firstDay.prefix(7)) }
}
