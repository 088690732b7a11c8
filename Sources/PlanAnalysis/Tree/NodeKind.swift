/// What a plan node does: its "Node Type".
public enum NodeKind: String, Sendable, CaseIterable {
  case result = "Result"
  case projectSet = "ProjectSet"
  case modifyTable = "ModifyTable"
  case append = "Append"
  case mergeAppend = "Merge Append"
  case recursiveUnion = "Recursive Union"
  case bitmapAnd = "BitmapAnd"
  case bitmapOr = "BitmapOr"
  case nestedLoop = "Nested Loop"
  case mergeJoin = "Merge Join"
  case hashJoin = "Hash Join"
  case seqScan = "Seq Scan"
  case sampleScan = "Sample Scan"
  case gather = "Gather"
  case gatherMerge = "Gather Merge"
  case indexScan = "Index Scan"
  case indexOnlyScan = "Index Only Scan"
  case bitmapIndexScan = "Bitmap Index Scan"
  case bitmapHeapScan = "Bitmap Heap Scan"
  case tidScan = "Tid Scan"
  case tidRangeScan = "Tid Range Scan"
  case subqueryScan = "Subquery Scan"
  case functionScan = "Function Scan"
  case tableFunctionScan = "Table Function Scan"
  case valuesScan = "Values Scan"
  case cteScan = "CTE Scan"
  case namedTuplestoreScan = "Named Tuplestore Scan"
  case workTableScan = "WorkTable Scan"
  case foreignScan = "Foreign Scan"
  case customScan = "Custom Scan"
  case materialize = "Materialize"
  case memoize = "Memoize"
  case sort = "Sort"
  case incrementalSort = "Incremental Sort"
  case group = "Group"
  case aggregate = "Aggregate"
  case windowAgg = "WindowAgg"
  case unique = "Unique"
  case setOp = "SetOp"
  case lockRows = "LockRows"
  case limit = "Limit"
  case hash = "Hash"
  /// A node of a version or an extension that is not known; its name is kept in the tree.
  case other = ""

  static let byName: [String: NodeKind] = Dictionary(
    uniqueKeysWithValues: allCases.filter { $0 != .other }.map { ($0.rawValue, $0) })

  /// Gather and Gather Merge: where parallel workers begin.
  public var isGather: Bool { self == .gather || self == .gatherMerge }

  /// Joins of two inputs.
  public var isJoin: Bool { self == .nestedLoop || self == .hashJoin || self == .mergeJoin }

  /// Append and Merge Append.
  public var isAppend: Bool { self == .append || self == .mergeAppend }

  /// Scans that read an index.
  public var isIndexScan: Bool {
    self == .indexScan || self == .indexOnlyScan || self == .bitmapIndexScan
  }

  /// Leaves that give rows of a table, an index or another source.
  public var isScan: Bool {
    switch self {
    case .seqScan, .sampleScan, .indexScan, .indexOnlyScan, .bitmapHeapScan, .tidScan,
      .tidRangeScan, .functionScan, .tableFunctionScan, .valuesScan, .cteScan,
      .namedTuplestoreScan, .workTableScan, .foreignScan, .customScan:
      true
    default: false
    }
  }
}

/// What a node is to its parent: its "Parent Relationship".
public enum NodeRelationship: String, Sendable, CaseIterable {
  case outer = "Outer"
  case inner = "Inner"
  case member = "Member"
  case subquery = "Subquery"
  case initPlan = "InitPlan"
  case subPlan = "SubPlan"
  /// The root, and what is not known.
  case none = ""
}
