/// The truth about a plan's nodes: exclusive time and blocks that add up, rows with their rounding.
///
/// Invariant: the exclusive figures of all nodes add up to the root's and `detached`'s.
public struct PlanTruth: Sendable {
  /// In the order of the tree's nodes.
  public let nodes: [NodeTruth]
  /// Whether the plan was run (ANALYZE).
  public let isAnalyzed: Bool
  /// Whether it has times (TIMING).
  public let hasTiming: Bool
  /// Whether it has blocks (BUFFERS).
  public let hasBuffers: Bool
  /// Whether it has I/O times (track_io_timing): some are above zero.
  public let hasIOTimes: Bool
  /// Time of data-modifying CTEs that ran after the root had ended, in ms.
  public let detachedMs: Interval
  /// Blocks of those.
  public let detachedBuffers: BufferCounts

  /// Computes them.
  public init(_ tree: PlanTree) {
    var builder = TruthBuilder(tree)
    builder.build()
    nodes = builder.nodes
    isAnalyzed = tree.has(0, .actualLoops)
    hasTiming = builder.hasTiming
    hasBuffers = tree.has(0, .sharedHitBlocks)
    hasIOTimes = builder.nodes.contains { $0.io.total > 0 }
    detachedMs = builder.detachedMs
    detachedBuffers = builder.detachedBuffers
  }
}
