/// JIT, parallel workers and settings.
enum ServerRules {
  static let all = [
    jitOverhead, parallelShort, parallelAbsent, parallelSkew, gatherFlood, settingsDistort,
    disabledNode,
  ]

  static let jitOverhead = PlanRule("jit-overhead", 0.9, needs: []) { root in
    guard let jit = root.tree.elements(-1, .jit).first, jit.kind == .object else { return nil }
    let index = Int(root.tree.slots[Int(PlanField.jit.rawValue)])
    let functions = root.tree.member(.functions, of: index)?.decimal?.value ?? 0
    let timing = root.tree.member(.timing, of: index)
    let total = timing.flatMap { root.tree.member(.total, of: $0.index)?.decimal?.value }
    guard let total else {
      let above = root.plan.setting("jit_above_cost").flatMap { Double($0) } ?? 100_000
      guard functions >= 100, root.number(.totalCost) < 3 * above else { return nil }
      return Firing(
        .possibly, saves: 0, [.init("functions", functions, "functions")],
        "\(Wording.number(functions)) functions are compiled for a plan that is hardly above "
          + "jit_above_cost.",
        "Raise jit_above_cost, or set jit off for the role."
      ).based(0.5)
    }
    // The times of all processes are added up.
    let processes = root.plan.truth.nodes.reduce(1) { max($0, $1.processes) }
    let wall = total / processes
    guard wall >= 50, wall >= 0.2 * root.plan.totalMs else { return nil }
    return .init(
      .surely, saves: wall,
      [
        .init("JIT", wall, "ms"), .init("functions", functions, "functions"),
        .init("duration", root.plan.totalMs, "ms"),
      ],
      "Compiling \(Wording.number(functions)) functions takes \(Wording.ms(wall)) of "
        + "\(Wording.ms(root.plan.totalMs)).",
      "Raise jit_above_cost, or set jit off for this role: the plan is too short for it.")
  }

  static let parallelShort = PlanRule("parallel-short", 0.85, on: [.gather, .gatherMerge]) { node in
    let planned = node.number(.workersPlanned)
    let launched = node.number(.workersLaunched)
    guard node.truth.isExecuted, launched < planned, node.plan.totalMs >= 500 else { return nil }
    let cpu = node.outer?.truth.cpuMs?.value ?? 0
    return Firing(
      .surely, saves: max(0, cpu / (launched + 1) - cpu / (planned + 1)),
      [
        .init("workers planned", planned, "workers"),
        .init("workers launched", launched, "workers"),
      ],
      "\(Wording.number(launched)) of \(Wording.number(planned)) workers came: the pool was empty.",
      "Raise max_parallel_workers and max_worker_processes, or let fewer statements be parallel "
        + "at a time."
    ).doubted(if: launched == 0)
  }

  static let parallelAbsent = PlanRule(
    "parallel-absent", 0.45, on: [.seqScan], needs: [.analyze, .buffers]
  ) { node in
    guard node.blocks >= 100_000, node.plan.totalMs >= 1000, !node.root.modifies,
      !node.tree.nodes.contains(where: { $0.kind.isGather }),
      node.truth.io.read < 0.5 * node.plan.totalMs
    else { return nil }
    return Firing(
      .surely, saves: node.plan.totalMs / 2,
      [.init("blocks", node.blocks, "blocks"), .init("duration", node.plan.totalMs, "ms")],
      "A table of \(Wording.number(node.blocks)) blocks is read by one process.",
      "See whether the statement can be parallel at all (functions PARALLEL SAFE, no cursor), and "
        + "max_parallel_workers_per_gather."
    ).doubted(if: node.plan.context.isBulkRead)
      .doubted(if: node.plan.setting("max_parallel_workers_per_gather") == "0")
  }

  static let parallelSkew = PlanRule(
    "parallel-skew", 0.85, on: [.gather, .gatherMerge], needs: [.analyze, .timing, .verbose]
  ) { node in
    guard let child = node.outer, child.truth.processes > 1, let most = child.truth.wallMaxMs,
      let mean = child.truth.wallMs?.value, most >= 100, most >= 2 * mean
    else { return nil }
    return .init(
      .surely, saves: most - mean,
      [.init("slowest process", most, "ms"), .init("mean", mean, "ms")],
      "One process worked \(Wording.ms(most)), the mean is \(Wording.ms(mean)): the others "
        + "waited for it.",
      "The work can't be divided evenly: one large partition or a member of a UNION that one "
        + "process reads "
        + "alone. Split it, or let the scans themselves be parallel.")
  }

  static let gatherFlood = PlanRule("gather-flood", 0.6, on: [.gather, .gatherMerge]) { node in
    let holds = node.rows.isAtLeast(1_000_000)
    guard holds != .no, let child = node.outer else { return nil }
    // What the slowest process took is waiting, not the transport.
    let skew = max(0, (child.truth.wallMaxMs ?? 0) - (child.truth.wallMs?.value ?? 0))
    let overhead = max(0, node.ownMs.value - skew)
    guard overhead >= 0.2 * node.plan.totalMs else { return nil }
    return .init(
      holds, saves: overhead,
      [.init("rows", node.rows.value, "rows"), .init("overhead", overhead, "ms")],
      "\(Wording.number(node.rows.value)) rows are handed from the workers to the leader one by "
        + "one.",
      "Filter and aggregate below the Gather; where the planner does not, a higher "
        + "parallel_tuple_cost tells "
        + "it what this costs.")
  }

  static let settingsDistort = PlanRule("settings-distort", 0.7, needs: [], readsEstimates: true) {
    root in
    let settings = root.plan.settings
    guard !settings.isEmpty else { return nil }
    var found = settings.filter { $0.key.hasPrefix("enable_") && $0.value == "off" }.keys.sorted()
    // These are off unless somebody sets them.
    found.removeAll { $0.hasPrefix("enable_partitionwise") }
    if let geqo = settings["geqo_threshold"].flatMap({ Int($0) }), geqo < 12 {
      found.append("geqo_threshold")
    }
    for name in ["join_collapse_limit", "from_collapse_limit"] {
      if let limit = settings[name].flatMap({ Int($0) }), limit < 8 { found.append(name) }
    }
    if let mode = settings["plan_cache_mode"], mode != "auto" { found.append("plan_cache_mode") }
    if let random = settings["random_page_cost"].flatMap({ Double($0) }), root.plan.truth.hasBuffers
    {
      let sequential = settings["seq_page_cost"].flatMap { Double($0) } ?? 1
      let buffers = root.truth.buffers
      let all = Double(buffers.sharedHit + buffers.sharedRead)
      if random > 2 * sequential, all >= 1000, Double(buffers.sharedHit) >= 0.95 * all {
        found.append("random_page_cost")
      }
    }
    guard !found.isEmpty else { return nil }
    let list = found.map { "\($0) = \(settings[$0] ?? "")" }.joined(separator: ", ")
    return Firing(
      .surely, saves: 0, [.init("settings", Double(found.count), "settings")],
      "The plan was made under settings that forbid or distort choices: \(list).",
      "RESET them, or say them for the statement that needs them only: SET LOCAL, not for a role "
        + "or database."
    ).information()
  }

  static let disabledNode = PlanRule("disabled-node", 0.9, needs: [], readsEstimates: true) {
    root in
    for node in root.tree.nodes {
      let reading = root.node(node.index)
      // Up to 17 a forbidden node costs 1e10 more; what is above it costs that too.
      let isCostly =
        !reading.has(.disabled) && reading.number(.totalCost) >= 1e10
        && reading.children.allSatisfy { $0.number(.totalCost) < 1e10 }
      guard reading.flag(.disabled) || isCostly else { continue }
      return Firing(
        .surely, saves: 0, [.init("cost", reading.number(.totalCost), "cost")],
        "\(reading.label) is used although it is switched off: there was no other way.",
        "Usually an index is missing for the way that was wanted."
      ).at(node.index).information()
    }
    return nil
  }
}
