internal import LogModel
public import LogStore

/// What a log shows of the settings that it was written with: counts that tell what is not in it.
///
/// Of a size that does not grow with the log.
public struct LogEvidence: Sendable {
  /// Top-level executions without those that failed, by what is known of them.
  public struct Executions: Sendable, Equatable {
    /// All of them.
    public var count: Int64 = 0
    /// With a duration of their own record: what the client waited for.
    public var timed: Int64 = 0
    /// Of those the ones without text.
    public var timedTextless: Int64 = 0
    /// Seen through their plan only.
    public var planOnly: Int64 = 0
    /// Announced by log_statement; no duration followed.
    public var said: Int64 = 0
    /// Sent through the extended protocol.
    public var extended: Int64 = 0
    /// With PostgreSQL's own query id.
    public var identified: Int64 = 0
  }

  /// Top-level executions that succeeded.
  public private(set) var executions = Executions()
  /// Shortest duration of a record that has text, microseconds.
  public private(set) var shortestMicros: Int64?
  /// Shortest time of a top-level plan, microseconds.
  public private(set) var shortestPlanMicros: Int64?
  /// Executions with parameters, as they were first written.
  public private(set) var withParameters: Int64 = 0
  /// Of those the ones of which a value was cut off.
  public private(set) var cutParameters: Int64 = 0
  /// A text refers to a parameter.
  public private(set) var hasPlaceholders = false
  /// Errors that ended a statement or were written by one.
  public private(set) var errors: Int64 = 0
  /// Of those the ones that name their place in PostgreSQL's source.
  public private(set) var locatedErrors: Int64 = 0
  /// Of those the ones whose statement is not in the log.
  public private(set) var statementlessErrors: Int64 = 0
  /// What the plans hold.
  public private(set) var plans = PlanEvidence()
  /// Zone words of log times, 8 at most.
  public private(set) var zones: Set<String> = []
  /// Settings that the log tells, the first 1,000.
  public private(set) var settings: [ServerSetting] = []
  /// Lines that are missing within sessions.
  public private(set) var missingLines: Int64 = 0

  /// Executions that can have a plan, by the power of two of their microseconds: with and without.
  private var planned = [Int64](repeating: 0, count: 64)
  private var unplanned = [Int64](repeating: 0, count: 64)

  /// Nothing counted.
  public init() {}

  /// Executions that took clearly longer than the shortest plan, and have none themselves.
  public var longWithoutPlan: Int64 {
    guard let shortest = shortestPlanMicros else { return 0 }
    return unplanned[min(63, Self.power(shortest) + 2)...].reduce(0, +)
  }

  /// Executions that took clearly longer than the shortest plan, and have one.
  public var longWithPlan: Int64 {
    guard let shortest = shortestPlanMicros else { return 0 }
    return planned[min(63, Self.power(shortest) + 2)...].reduce(0, +)
  }

  /// Timed executions of statements that the executor runs: those without a plan, and those with.
  public var plannable: (without: Int64, with: Int64) {
    (unplanned.reduce(0, +), planned.reduce(0, +))
  }

  // MARK: - Counting

  mutating func add(_ batch: FactBatch) {
    batch.bytes.withUnsafeBufferPointer { bytes in
      noteZone(batch, bytes)
      countParameters(batch, bytes)
      for plan in batch.plans {
        plans.add(plan, bytes)
        if plan.nesting == 0, plan.ran {
          shortestPlanMicros = min(plan.planMicros, shortestPlanMicros ?? .max)
        }
      }
    }
    for event in batch.events where event.severity == .error { count(event) }
    missingLines += batch.missingLines.values.reduce(batch.leftOutLines, +)
  }

  mutating func add(_ told: [ServerSetting]) {
    settings += told.prefix(max(0, 1000 - settings.count))
  }

  /// Counts a top-level row that succeeded, or takes it back. `canHavePlan`: its statement is one
  /// that the executor runs.
  mutating func count(_ row: ExecutionRow, by sign: Int64, canHavePlan: Bool) {
    executions.count += sign
    if row.isExtended { executions.extended += sign }
    if row.nativeQueryID != 0 { executions.identified += sign }
    switch row.kind {
    case .planOnly: executions.planOnly += sign
    case .said: executions.said += sign
    default: break
    }
    guard row.kind != .planOnly, let micros = row.durationMicros else { return }
    executions.timed += sign
    if row.text.isNone {
      executions.timedTextless += sign
    } else if sign > 0 {
      shortestMicros = min(micros, shortestMicros ?? .max)
    }
    guard canHavePlan else { return }
    if row.planMicros == nil {
      unplanned[Self.power(micros)] += sign
    } else {
      planned[Self.power(micros)] += sign
    }
  }

  private static func power(_ micros: Int64) -> Int {
    63 - max(1, micros).leadingZeroBitCount
  }

  private mutating func count(_ event: EventRow) {
    errors += 1
    if !event.location.isEmpty { locatedErrors += 1 }
    if event.text.isNone { statementlessErrors += 1 }
  }

  /// The word behind date and time of the batch's first record.
  private mutating func noteZone(_ batch: FactBatch, _ bytes: UnsafeBufferPointer<UInt8>) {
    guard zones.count < 8 else { return }
    let time = bytes.prefix(min(64, batch.rawCount)).prefix { $0 != UInt8(ascii: ",") }
    let words = time.split(separator: UInt8(ascii: " "))
    guard words.count == 3, words[0].count == 10 else { return }
    zones.insert(String(decoding: words[2], as: UTF8.self))
  }

  private mutating func countParameters(
    _ batch: FactBatch, _ bytes: UnsafeBufferPointer<UInt8>
  ) {
    for row in batch.executions where !row.parameters.isEmpty {
      withParameters += 1
      if ByteWords.contains("...'", in: bytes, row.parameters) { cutParameters += 1 }
    }
    guard !hasPlaceholders else { return }
    hasPlaceholders = batch.texts.contains { ByteWords.contains("$1", in: bytes, $0.range) }
  }
}
