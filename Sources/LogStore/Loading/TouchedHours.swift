internal import LogModel
internal import Postgres

/// The files and hours (UTC) whose rows a batch adds, changes or takes back.
struct TouchedHours {
  /// A time of each.
  private(set) var times: [Place: LogTime] = [:]

  /// An hour of a file.
  struct Place: Hashable, Comparable {
    var file: Int64
    /// Hours since 1970.
    var hour: Int64

    static func < (a: Self, b: Self) -> Bool { (a.file, a.hour) < (b.file, b.hour) }
  }

  private static let microsPerHour: Int64 = 3_600_000_000
  /// The earliest time that the server knows, 4714-11-24 BC: a row before it is refused.
  private static let earliest: Int64 = -210_866_803_200_000_000

  /// Those of all rows that a batch writes, as they were and as they will be.
  init(of batch: FactBatch) {
    for row in batch.executions { insert(row.key, row.executedAt) }
    for row in batch.plans { insert(row.key, row.executedAt) }
    for row in batch.events { insert(row.key, row.occurredAt) }
    for amendment in batch.amendments {
      insert(amendment.stored.key, amendment.stored.executedAt)
      insert(amendment.row.key, amendment.row.executedAt)
    }
    for row in batch.retractions { insert(row.key, row.executedAt) }
    for event in batch.eventRetractions { insert(event.key, event.occurredAt) }
    for plan in batch.planAmendments { insert(plan.stored.key, plan.stored.executedAt) }
  }

  private mutating func insert(_ key: FactKey, _ time: LogTime) {
    guard time.microseconds >= Self.earliest else { return }
    let (whole, rest) = time.microseconds.quotientAndRemainder(dividingBy: Self.microsPerHour)
    let place = Place(file: key.file, hour: rest < 0 ? whole - 1 : whole)
    // Rows come in the order of the log: most are of the hour of the one before.
    guard place != last else { return }
    last = place
    times[place] = time
  }

  private var last: Place?
}

extension BatchTransaction {
  /// Lets who derives something from the rows know which hours to look at again.
  func writeHours() async throws(PostgresError) {
    let touched = prepared.hours.times.sorted { $0.key < $1.key }
    guard !touched.isEmpty else { return }
    try await connection.query(
      "SELECT pgtrawl.touch_hours($1, $2, $3)",
      [
        .int(Int64(prepared.source)), .bigintArray(touched.map(\.key.file)),
        Column.times(touched.map(\.value)),
      ])
  }
}
