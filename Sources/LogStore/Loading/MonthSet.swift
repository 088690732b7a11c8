internal import LogModel

/// The months (UTC, year × 12 + month − 1) that times fall into.
struct MonthSet {
  private(set) var months: Set<Int> = []
  private var lastDay = Int64.min

  private static let microsPerDay: Int64 = 86_400_000_000

  /// The months of all rows that a batch writes.
  init(of batch: FactBatch) {
    for row in batch.executions { insert(row.executedAt) }
    for row in batch.plans { insert(row.executedAt) }
    for row in batch.events { insert(row.occurredAt) }
    for amendment in batch.amendments { insert(amendment.row.executedAt) }
  }

  /// The first day of a month, as SQL reads it; nil for years that are outliers anyway.
  static func firstDay(of month: Int) -> String? {
    guard month >= 2000 * 12, month < 10_000 * 12 else { return nil }
    let number = month % 12 + 1
    return "\(month / 12)-\(number < 10 ? "0" : "")\(number)-01"
  }

  private mutating func insert(_ time: LogTime) {
    let (whole, rest) = time.microseconds.quotientAndRemainder(dividingBy: Self.microsPerDay)
    let day = rest < 0 ? whole - 1 : whole
    guard day != lastDay else { return }
    lastDay = day
    let date = CivilDate.civil(days: Int(day))
    months.insert(date.0 * 12 + date.1 - 1)
  }
}
