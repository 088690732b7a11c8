/// Blocks: who read, wrote and dirtied them, and what did not fit.
enum BufferRules {
  static let all = [selectDirties, backendWrites, tempIO, ioBound, cacheCold, rowWide]

  static let selectDirties = PlanRule("select-dirties", 0.8, needs: [.analyze, .buffers]) { root in
    guard !root.modifies, !root.below.contains(where: { $0.kind == .lockRows }) else { return nil }
    let dirtied = Double(root.truth.buffers.sharedDirtied)
    let all = Double(root.truth.buffers.accessed)
    guard dirtied >= 100, dirtied >= 0.1 * all else { return nil }
    return Firing(
      .surely, saves: 0,
      [.init("blocks dirtied", dirtied, "blocks"), .init("blocks", all, "blocks")],
      "A statement that only reads changed \(Wording.number(dirtied)) blocks: it set hint bits "
        + "or pruned dead "
        + "rows.",
      "VACUUM after large changes does this once, before the readers come."
    ).information()
  }

  static let backendWrites = PlanRule("backend-writes", 0.7, needs: [.analyze, .buffers]) { root in
    guard !root.modifies else { return nil }
    let written = Double(root.truth.buffers.sharedWritten)
    guard written >= 100 else { return nil }
    return .init(
      .surely, saves: root.truth.io.write,
      [.init("blocks written", written, "blocks"), .init("write time", root.truth.io.write, "ms")],
      "A statement that only reads had to write \(Wording.number(written)) blocks of others to "
        + "make room.",
      "The background writer does not keep up (bgwriter_lru_maxpages), or shared_buffers is "
        + "small for what "
        + "is being changed.")
  }

  static let tempIO = PlanRule("temp-io", 0.7, needs: [.analyze, .buffers]) { root in
    // Kinds that have a rule of their own are left to it.
    let caught: Set<NodeKind> = [
      .sort, .hash, .hashJoin, .aggregate, .windowAgg, .materialize,
    ]
    let nodes = ([root] + root.below).filter { !caught.contains($0.kind) && $0.tempBlocks > 0 }
    let blocks = nodes.reduce(0) { $0 + $1.tempBlocks }
    guard blocks >= 1280, let worst = nodes.max(by: { $0.tempBlocks < $1.tempBlocks }) else {
      return nil
    }
    return Firing(
      .surely, saves: nodes.reduce(0) { $0 + $1.tempMs(else: 0.5) },
      [.init("temporary blocks", blocks, "blocks")],
      "\(worst.label) wrote and read \(Wording.number(blocks)) blocks of temporary files.",
      "Fewer or narrower rows, or more work_mem for this statement."
    ).at(worst.index)
  }

  static let ioBound = PlanRule("io-bound", 0.85, needs: [.analyze, .buffers, .ioTimes]) { root in
    let read = root.truth.io.read
    let all = root.truth.cpuMs?.value ?? root.plan.totalMs
    let cpu = ([root] + root.below).filter { $0.kind.isGather }.reduce(all) {
      $0 + ($1.outer?.truth.cpuMs?.value ?? 0) - ($1.outer?.truth.wallMs?.value ?? 0)
    }
    guard read >= 50, read >= 0.5 * cpu else { return nil }
    let worst = ([root] + root.below).max { $0.truth.selfIO.read < $1.truth.selfIO.read } ?? root
    return Firing(
      .surely, saves: min(read, root.plan.totalMs),
      [
        .init("read time", read, "ms"),
        .init("blocks read", Double(root.truth.buffers.sharedRead), "blocks"),
      ],
      "\(Wording.percent(min(1, read / max(1, cpu)))) of the time is waiting for blocks, most of "
        + "it in "
        + "\(worst.label).",
      "Reduce the blocks first (see the other findings), then see to memory and storage."
    ).at(worst.index)
      .doubted(if: worst.truth.processes > 1)
  }

  static let cacheCold = PlanRule("cache-cold", 0.6, needs: [.analyze, .buffers]) { root in
    let read = Double(root.truth.buffers.sharedRead)
    let all = Double(root.truth.buffers.sharedHit) + read
    guard read >= 1000, read >= 0.5 * all else { return nil }
    let usual = root.plan.context.usualReadShare
    if let usual, read / all < 3 * usual { return nil }
    return Firing(
      .surely, saves: root.truth.io.read,
      [.init("blocks read", read, "blocks"), .init("blocks", all, "blocks")],
      "\(Wording.percent(read / all)) of the blocks were not in shared buffers.",
      "A cold start or others' scans pushed them out; the plan is not at fault."
    ).information(if: usual == nil)
  }

  static let rowWide = PlanRule(
    "row-wide", 0.6, on: [.sort, .hash, .materialize, .cteScan], needs: [], readsEstimates: true
  ) { node in
    let rows = node.isEstimate ? node.truth.plannedRows : node.rowsOfOnePass * node.truth.processes
    guard node.width >= 500, rows * node.width >= Double(64 << 20) else { return nil }
    return .init(
      .surely, saves: node.isEstimate ? 0 : node.ownMs.value * 0.5,
      [.init("row", node.width, "bytes"), .init("rows", rows, "rows")],
      "Rows of \(Wording.number(node.width)) bytes are kept, \(Wording.number(rows)) of them.",
      "Select only the columns that are needed; join wide ones by the key when the rows have "
        + "become few."
    )
  }
}
