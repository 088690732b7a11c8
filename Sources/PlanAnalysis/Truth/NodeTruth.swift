/// What a node really did: figures over all its loops and processes, its children's part taken out.
public struct NodeTruth: Sendable {
  /// How often it was started, over all processes; 0 = never executed, as is everything without
  /// ANALYZE.
  public var loops = 0.0
  /// Processes that ran it at the same time: 1 above every Gather.
  public var processes = 1.0
  /// Time of all processes in ms with everything below, as far as the plan has times.
  public var cpuMs: Interval?
  /// `cpuMs` over the processes.
  public var wallMs: Interval?
  /// The node's own part of `wallMs`, which adds up to the root's over all nodes.
  public var selfMs: Interval?
  /// The time of the slowest process in ms, where the plan has workers' times (VERBOSE).
  public var wallMaxMs: Double?
  /// Blocks with everything below.
  public var buffers = BufferCounts.zero
  /// The node's own blocks, which add up to the root's over all nodes.
  public var selfBuffers = BufferCounts.zero
  /// I/O times with everything below.
  public var io = IOTimes.zero
  /// The node's own I/O times.
  public var selfIO = IOTimes.zero
  /// Rows that it gave, over all loops; estimated where the plan was not run.
  public var rows = Interval.zero
  /// Rows removed by its filter, over all loops.
  public var removedByFilter = Interval.zero
  /// Rows removed by its join filter, over all loops.
  public var removedByJoinFilter = Interval.zero
  /// Rows removed by rechecking an index condition, over all loops.
  public var removedByRecheck = Interval.zero
  /// Rows that the planner expected of one loop in one process.
  public var plannedRows = 1.0
  /// How often the planner expected it to be started.
  public var plannedLoops = 1.0
  /// Its own part of the planner's cost, with all expected loops.
  public var selfCost = 0.0
  /// Whether its input may have been abandoned before the end: below a limit, or the inner side of
  /// a join that stops at the first match.
  public var isCutShort = false
  /// By which factor the expected rows were wrong, at least; nil where that can't be said.
  public var misestimate: Double?
  /// Whether more rows came than were expected.
  public var isUnderestimated = false
  /// It is an InitPlan, and which node evaluated it could not be told for certain.
  public var isAmbiguous = false

  /// Whether it was started at all.
  public var isExecuted: Bool { loops > 0 }
}
