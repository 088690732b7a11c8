/// A key that PostgreSQL's EXPLAIN writes, as far as versions 12 to 18 are known. A key that is not
/// here stays in the tree under its own name.
public enum PlanField: UInt8, Sendable, CaseIterable {
  case nodeType, parentRelationship, subplanName, parallelAware, asyncCapable, strategy,
    partialMode, operation, joinType, scanDirection, command, customPlanProvider, singleCopy,
    disabled, relationName, schema, alias, indexName, functionName, functionCall,
    tableFunctionName, tableFunctionCall, cteName, tuplestoreName, relations, targetTables,
    startupCost, totalCost, planRows, planWidth, actualStartupTime, actualTotalTime, actualRows,
    actualLoops, output, innerUnique, indexCond, orderBy, recheckCond, tidCond, filter,
    joinFilter, hashCond, mergeCond, oneTimeFilter, runCondition, rowsRemovedByFilter,
    rowsRemovedByJoinFilter, rowsRemovedByIndexRecheck, rowsRemovedByConflictFilter, heapFetches,
    indexSearches, exactHeapBlocks, lossyHeapBlocks, sortKey, presortedKey, groupKey,
    groupingSets, hashKey, hashKeys, groupKeys, cacheKey, cacheMode, cacheHits, cacheMisses,
    cacheEvictions, cacheOverflows, sortMethod, sortSpaceUsed, sortSpaceType, fullSortGroups,
    preSortedGroups, groupCount, hashBuckets, originalHashBuckets, hashBatches,
    originalHashBatches, peakMemoryUsage, hashaggBatches, plannedPartitions, diskUsage, storage,
    maximumStorage, window, workersPlanned, workersLaunched, workers, workerNumber,
    subplansRemoved, conflictResolution, conflictArbiterIndexes, conflictFilter, tuplesInserted,
    tuplesUpdated, tuplesDeleted, tuplesSkipped, conflictingTuples, sharedHitBlocks,
    sharedReadBlocks, sharedDirtiedBlocks, sharedWrittenBlocks, localHitBlocks, localReadBlocks,
    localDirtiedBlocks, localWrittenBlocks, tempReadBlocks, tempWrittenBlocks, ioReadTime,
    ioWriteTime, sharedIoReadTime, sharedIoWriteTime, localIoReadTime, localIoWriteTime,
    tempIoReadTime, tempIoWriteTime, walRecords, walFpi, walBytes, walBuffersFull, plans, plan,
    queryText, queryParameters, queryIdentifier, planning, planningTime, executionTime, triggers,
    jit, settings, serialization, triggerName, constraintName, relation, time, calls, functions,
    options, timing, generation, inlining, optimization, emission, total, samplingMethod,
    samplingParameters, repeatableSeed, remoteSql, sortMethodsUsed

  /// The key as it stands in JSON.
  public var key: String { Self.keys[Int(rawValue)].description }

  static let keys: [StaticString] = [
    "Node Type", "Parent Relationship", "Subplan Name", "Parallel Aware", "Async Capable",
    "Strategy", "Partial Mode", "Operation", "Join Type", "Scan Direction", "Command",
    "Custom Plan Provider", "Single Copy", "Disabled", "Relation Name", "Schema", "Alias",
    "Index Name", "Function Name", "Function Call", "Table Function Name", "Table Function Call",
    "CTE Name", "Tuplestore Name", "Relations", "Target Tables", "Startup Cost", "Total Cost",
    "Plan Rows", "Plan Width", "Actual Startup Time", "Actual Total Time", "Actual Rows",
    "Actual Loops", "Output", "Inner Unique", "Index Cond", "Order By", "Recheck Cond",
    "TID Cond", "Filter", "Join Filter", "Hash Cond", "Merge Cond", "One-Time Filter",
    "Run Condition", "Rows Removed by Filter", "Rows Removed by Join Filter",
    "Rows Removed by Index Recheck", "Rows Removed by Conflict Filter", "Heap Fetches",
    "Index Searches", "Exact Heap Blocks", "Lossy Heap Blocks", "Sort Key", "Presorted Key",
    "Group Key", "Grouping Sets", "Hash Key", "Hash Keys", "Group Keys", "Cache Key",
    "Cache Mode", "Cache Hits", "Cache Misses", "Cache Evictions", "Cache Overflows",
    "Sort Method", "Sort Space Used", "Sort Space Type", "Full-sort Groups", "Pre-sorted Groups",
    "Group Count", "Hash Buckets", "Original Hash Buckets", "Hash Batches",
    "Original Hash Batches", "Peak Memory Usage", "HashAgg Batches", "Planned Partitions",
    "Disk Usage", "Storage", "Maximum Storage", "Window", "Workers Planned", "Workers Launched",
    "Workers", "Worker Number", "Subplans Removed", "Conflict Resolution",
    "Conflict Arbiter Indexes", "Conflict Filter", "Tuples Inserted", "Tuples Updated",
    "Tuples Deleted", "Tuples Skipped", "Conflicting Tuples", "Shared Hit Blocks",
    "Shared Read Blocks", "Shared Dirtied Blocks", "Shared Written Blocks", "Local Hit Blocks",
    "Local Read Blocks", "Local Dirtied Blocks", "Local Written Blocks", "Temp Read Blocks",
    "Temp Written Blocks", "I/O Read Time", "I/O Write Time", "Shared I/O Read Time",
    "Shared I/O Write Time", "Local I/O Read Time", "Local I/O Write Time", "Temp I/O Read Time",
    "Temp I/O Write Time", "WAL Records", "WAL FPI", "WAL Bytes", "WAL Buffers Full", "Plans",
    "Plan", "Query Text", "Query Parameters", "Query Identifier", "Planning", "Planning Time",
    "Execution Time", "Triggers", "JIT", "Settings", "Serialization", "Trigger Name",
    "Constraint Name", "Relation", "Time", "Calls", "Functions", "Options", "Timing",
    "Generation", "Inlining", "Optimization", "Emission", "Total", "Sampling Method",
    "Sampling Parameters", "Repeatable Seed", "Remote SQL", "Sort Methods Used",
  ]

  /// The field of a key's bytes; nil when it is none of these.
  static func of(_ base: UnsafePointer<UInt8>, from start: Int, end: Int) -> PlanField? {
    guard start < end else { return nil }
    var slot = hash(base + start, count: end &- start)
    while true {
      let index = Int(slots[slot])
      if index == empty { return nil }
      let key = keys[index]
      if key.utf8CodeUnitCount == end &- start, matches(key, base + start) {
        return PlanField(rawValue: UInt8(truncatingIfNeeded: index))
      }
      slot = (slot &+ 1) & (slotCount &- 1)
    }
  }

  private static let slotCount = 1024
  private static let empty = 255

  /// Open addressing: the index of a key in each slot that is taken.
  private static let slots: [UInt8] = {
    var slots = [UInt8](repeating: UInt8(empty), count: slotCount)
    for (index, key) in keys.enumerated() {
      var slot = hash(key.utf8Start, count: key.utf8CodeUnitCount)
      while slots[slot] != empty { slot = (slot &+ 1) & (slotCount &- 1) }
      slots[slot] = UInt8(index)
    }
    return slots
  }()

  @inline(__always)
  private static func matches(_ key: StaticString, _ bytes: UnsafePointer<UInt8>) -> Bool {
    let expected = key.utf8Start
    for at in 0..<key.utf8CodeUnitCount where expected[at] != bytes[at] { return false }
    return true
  }

  @inline(__always)
  private static func hash(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    var hash = UInt32(truncatingIfNeeded: count)
    for at in 0..<min(count, 32) { hash = (hash ^ UInt32(bytes[at])) &* 0x0100_0193 }
    return Int((hash ^ hash >> 15) & UInt32(slotCount &- 1))
  }
}
