/// What the message of a record is, told by its text; PostgreSQL's format strings decide.
public enum MessageKind: UInt8, Sendable, CaseIterable {
  /// Nothing of the below: an event.
  case other
  /// `duration: N ms` alone (log_duration).
  case durationOnly
  /// `duration: N ms  statement: TEXT`
  case durationStatement
  /// `duration: N ms  parse NAME: TEXT`
  case durationParse
  /// `duration: N ms  bind NAME: TEXT`
  case durationBind
  /// `duration: N ms  execute NAME: TEXT`
  case durationExecute
  /// `duration: N ms  execute fetch from NAME: TEXT`
  case durationFetch
  /// `duration: N ms  fastpath function call: TEXT`
  case durationFastpath
  /// `duration: N ms  plan:` and a plan of auto_explain.
  case plan
  /// `statement: TEXT` (log_statement)
  case saidStatement
  /// `execute NAME: TEXT` (log_statement)
  case saidExecute
  /// `execute fetch from NAME: TEXT` (log_statement)
  case saidFetch
  /// `fastpath function call: TEXT` (log_statement)
  case saidFastpath

  /// A duration record of a statement, in whatever protocol; not a plan.
  public var isDuration: Bool {
    rawValue >= Self.durationOnly.rawValue && rawValue <= Self.durationFastpath.rawValue
  }
  /// A record of log_statement, written before the statement runs.
  public var isSaid: Bool { rawValue >= Self.saidStatement.rawValue }
}
