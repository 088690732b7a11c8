public import LogModel

/// An hour of a source whose plans changed since they were read.
public struct PlanHour: Sendable, Equatable {
  /// `sources.id`
  public var source: Int32
  /// Begin of the hour.
  public var hour: LogTime
  /// `analyzed_hours.changes` as it was before its plans are read, decimal.
  public var changes: String
}

/// Where a plan stands among those of its source; there is one plan at a place.
public struct PlanPlace: Sendable, Equatable {
  /// When its execution ended.
  public var time: LogTime
  /// `log_files.id`
  public var file: Int64
  /// Offset of the plan.
  public var offset: Int64
}

/// A plan as the store has it.
public struct StoredPlan: Sendable, Equatable {
  /// Where it stands.
  public var place: PlanPlace
  /// `queries.id`, 0 for none.
  public var query: Int64
  /// Time of the executor in ms, as logged.
  public var ms: Double
  /// Whether it was executed.
  public var ran: Bool
  /// Waits for locks within that time, in ms; nil without any.
  public var lockWaitMs: Double?
  /// The document; nil where the log has it in another format than JSON.
  public var json: [UInt8]?
  /// The document where the log has EXPLAIN's text form.
  public var text: [UInt8]?
}

/// What a plan says: one row of `query_analysis`.
public struct PlanAnalysisRow: Sendable {
  /// The three ids of a plan.
  public struct Identity: Sendable, Equatable {
    /// Equal for the same operators, relations and indexes.
    public var shape: Int64
    /// Equal for plans that do the same.
    public var plan: Int64
    /// Equal for plans with the same estimates, too.
    public var dedup: Int64

    /// The ids by their values.
    public init(shape: Int64, plan: Int64, dedup: Int64) {
      self.shape = shape
      self.plan = plan
      self.dedup = dedup
    }
  }

  /// Where the plan stands.
  public var place: PlanPlace
  /// `queries.id`, 0 for none.
  public var query: Int64
  /// Its ids; nil where it could not be read.
  public var identity: Identity?
  /// Time of the planner in ms.
  public var planningMs: Double?
  /// Time of the executor in ms; nil for a plan that never ran.
  public var executionMs: Double?
  /// The planner's cost of the whole plan.
  public var totalCost: Double?
  /// Rows that the plan returned.
  public var rows: Double?
  /// Blocks found in shared buffers by the whole plan.
  public var sharedHit: Int64?
  /// Blocks read by the whole plan.
  public var sharedRead: Int64?
  /// Waits for locks within the executor's time, in ms; nil without any.
  public var lockWaitMs: Double?
  /// Made for all values of the parameters; nil where it could not be read.
  public var isGeneric: Bool?
  /// The scan whose rows were misjudged most, as `Seq Scan on orders`, and by which factor at least.
  public var misjudgedScan: (node: String, factor: Double)?
  /// A table was read as a whole.
  public var hasSeqScan = false
  /// An index was used.
  public var hasIndexScan = false
  /// What the rules found, a JSON array.
  public var findings = "[]"

  /// The row of a plan that could not be read.
  public init(_ plan: StoredPlan) {
    place = plan.place
    query = plan.query
    executionMs = plan.ran ? plan.ms : nil
    lockWaitMs = plan.lockWaitMs
  }
}
