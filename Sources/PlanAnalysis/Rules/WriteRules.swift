/// Statements that change rows: locks, indexes, triggers, WAL.
enum WriteRules {
  static let all = [
    lockRowsWide, modifyHeavy, conflictWaste, walFpiHeavy, triggerTime, fkIndexMissing,
  ]

  static let lockRowsWide = PlanRule("lock-rows-wide", 0.6, on: [.lockRows]) { node in
    let holds = node.rows.isAtLeast(1000)
    guard holds != .no else { return nil }
    return .init(
      holds, saves: node.ownMs.value,
      [.init("rows locked", node.rows.value, "rows"), .init("own time", node.ownMs.value, "ms")],
      "\(Wording.number(node.rows.value)) rows are locked; each is written to for that.",
      "Lock only what will be changed: a narrower condition, a limit with SKIP LOCKED, the same "
        + "order "
        + "everywhere.")
  }

  static let modifyHeavy = PlanRule("modify-heavy", 0.5, on: [.modifyTable]) { node in
    let rows = node.outer?.rows ?? .zero
    let holds = rows.isAtLeast(1000) && node.isPart(0.3)
    guard holds != .no else { return nil }
    return .init(
      holds, saves: node.ownMs.value * 0.3,
      [.init("rows written", rows.value, "rows"), .init("own time", node.ownMs.value, "ms")],
      "Writing \(Wording.number(rows.value)) rows to \(node.tableName) itself takes "
        + "\(Wording.ms(node.ownMs.value)).",
      "Every index is written to as well: drop those that nobody uses, leave room in the pages "
        + "(fillfactor) "
        + "so that updates can be HOT, write in batches. BEFORE triggers and waits for locks are "
        + "in this time "
        + "too.")
  }

  static let conflictWaste = PlanRule("conflict-waste", 0.7, on: [.modifyTable]) { node in
    let conflicts = node.number(.conflictingTuples)
    let all = conflicts + node.number(.tuplesInserted)
    guard conflicts >= 1000, conflicts >= 0.9 * all else { return nil }
    return .init(
      .surely, saves: node.ownMs.value * 0.8,
      [
        .init("rows proposed", all, "rows"), .init("rows that were there", conflicts, "rows"),
      ],
      "\(Wording.number(conflicts)) of \(Wording.number(all)) rows to insert were there already.",
      "Leave them out first (WHERE NOT EXISTS …): each attempt uses up a value of a sequence, "
        + "and DO UPDATE "
        + "leaves a dead row.")
  }

  static let walFpiHeavy = PlanRule("wal-fpi-heavy", 0.6) { root in
    let wal = root.truth.buffers
    let images = Double(wal.walFullPageImages)
    let isMostlyImages = images >= 1000 && images >= 0.5 * Double(wal.walRecords)
    guard isMostlyImages || wal.walBytes >= 64 << 20 else { return nil }
    return Firing(
      .surely, saves: 0,
      [
        .init("WAL", Double(wal.walBytes) / 1024, "kB"),
        .init("full page images", images, "records"),
        .init("records", Double(wal.walRecords), "records"),
      ],
      "The statement wrote \(Wording.kilobytes(Double(wal.walBytes) / 1024)) of WAL, "
        + "\(Wording.number(images)) whole pages among it.",
      "After a checkpoint each page is written as a whole once: checkpoints that are further apart "
        + "(max_wal_size), wal_compression, and keys that do not scatter over the index make it "
        + "less."
    ).doubted(if: root.plan.context.samples < 3).information()
  }

  static let triggerTime = PlanRule("trigger-time", 0.9, needs: []) { root in
    guard let worst = PlanTrigger.all(root.tree).max(by: { $0.ms < $1.ms }),
      worst.ms >= 0.2 * root.plan.totalMs, worst.ms > 1
    else { return nil }
    return .init(
      .surely, saves: worst.ms,
      [
        .init("time", worst.ms, "ms"), .init("calls", worst.calls, "calls"),
        .init("time a call", worst.ms / max(1, worst.calls), "ms"),
      ],
      "The trigger \(worst.name) takes \(Wording.ms(worst.ms)) in \(Wording.number(worst.calls)) "
        + "calls.",
      worst.isConstraint
        ? "It checks a foreign key: the referencing table needs an index on the key's columns."
        : "Make it cheaper, let it run once for the statement (FOR EACH STATEMENT with "
          + "transition tables), or "
          + "only when something changed (WHEN).")
  }

  static let fkIndexMissing = PlanRule("fk-index-missing", 0.75, needs: []) { root in
    guard root.kind == .modifyTable,
      root.isText(.operation, "Delete") || root.isText(.operation, "Update")
    else { return nil }
    let slow = PlanTrigger.all(root.tree).filter {
      $0.isConstraint && $0.calls > 0 && $0.ms / $0.calls >= 1
    }
    guard let worst = slow.max(by: { $0.ms < $1.ms }) else { return nil }
    let proof = root.plan.context.scannedForeignKeys.sorted { $0.key < $1.key }.first
    return Firing(
      .surely, saves: worst.ms,
      [
        .init("time", worst.ms, "ms"), .init("calls", worst.calls, "calls"),
        .init("time a call", worst.ms / worst.calls, "ms"),
      ],
      "Each row that is changed in \(root.tableName) is looked for in the table of the foreign key "
        + "\(worst.constraint ?? worst.name), \(Wording.ms(worst.ms / worst.calls)) each time.",
      "The referencing table has no index on the foreign key's columns, as it seems.",
      ddl: proof.map {
        "CREATE INDEX CONCURRENTLY ON \($0.key) "
          + "(\($0.value.map(SQLName.quoted).joined(separator: ", ")))"
      }
    ).based(proof == nil ? 0.75 : 0.98)
  }
}

/// What a trigger cost.
struct PlanTrigger {
  var name: String
  var constraint: String?
  var ms: Double
  var calls: Double

  /// It checks a foreign key.
  var isConstraint: Bool { name.hasPrefix("RI_ConstraintTrigger") || constraint != nil }

  static func all(_ tree: PlanTree) -> [PlanTrigger] {
    tree.elements(-1, .triggers).filter { $0.kind == .object }.map { trigger in
      func text(_ field: PlanField) -> String? {
        tree.member(field, of: trigger.index).map(tree.string)
      }
      func number(_ field: PlanField) -> Double {
        tree.member(field, of: trigger.index)?.decimal?.value ?? 0
      }
      let constraint = text(.constraintName)
      return PlanTrigger(
        name: text(.triggerName) ?? constraint ?? "", constraint: constraint, ms: number(.time),
        calls: number(.calls))
    }
  }
}
