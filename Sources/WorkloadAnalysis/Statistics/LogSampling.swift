/// With which probability PostgreSQL writes a statement to the log, as its settings say.
///
/// The rule is that of the server: what lasts as long as `log_min_duration_statement` is written; of the
/// rest `log_statement_sample_rate` of what lasts as long as `log_min_duration_sample`, and all of
/// `log_transaction_sample_rate` of the transactions. `log_duration` writes every duration.
public struct LogSampling: Sendable, Equatable {
  /// `log_min_duration_statement` in ms; nil: off.
  public var floorMs: Double?
  /// `log_min_duration_sample` in ms; nil: off.
  public var sampleFloorMs: Double?
  /// `log_statement_sample_rate`, 0 … 1.
  public var statementRate: Double
  /// `log_transaction_sample_rate`, 0 … 1.
  public var transactionRate: Double
  /// `log_duration`.
  public var logsDurations: Bool

  /// Settings; without arguments PostgreSQL's own, by which nothing is written.
  public init(
    floorMs: Double? = nil, sampleFloorMs: Double? = nil, statementRate: Double = 1,
    transactionRate: Double = 0, logsDurations: Bool = false
  ) {
    self.floorMs = floorMs
    self.sampleFloorMs = sampleFloorMs
    self.statementRate = statementRate
    self.transactionRate = transactionRate
    self.logsDurations = logsDurations
  }

  /// The probability that a statement of this duration is in the log, 0 … 1.
  public func probability(ofMs duration: Double) -> Double {
    if logsDurations { return 1 }
    if let floorMs, duration >= floorMs { return 1 }
    let sampled = sampleFloorMs.map { duration >= $0 } == true ? statementRate : 0
    return 1 - (1 - sampled) * (1 - transactionRate)
  }

  /// For how many statements a logged one of this duration stands; 1 for what should not be in the log.
  public func weight(ofMs duration: Double) -> Double {
    let probability = probability(ofMs: duration)
    return probability > 0 ? 1 / probability : 1
  }

  /// Whether there are durations that the log never shows: totals are lower bounds then.
  public var hidesSome: Bool { probability(ofMs: 0) == 0 }
}
