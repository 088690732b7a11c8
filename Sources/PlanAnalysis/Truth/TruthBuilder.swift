/// Computes `PlanTruth`, in this order: what each node printed, its processes, its own part, then
/// the
/// time of InitPlans and CTEs is moved to where it was spent, then rows.
struct TruthBuilder {
  let tree: PlanTree
  var nodes: [NodeTruth]
  let hasTiming: Bool
  var detachedMs = Interval.zero
  var detachedBuffers = BufferCounts.zero

  init(_ tree: PlanTree) {
    self.tree = tree
    nodes = [NodeTruth](repeating: NodeTruth(), count: tree.nodes.count)
    hasTiming = tree.has(0, .actualTotalTime)
  }

  mutating func build() {
    for index in nodes.indices {
      readFigures(index)
      setProcesses(index)
      readTimes(index)
    }
    for index in nodes.indices { subtractChildren(index) }
    var evaluators = InitPlanPass(tree)
    evaluators.run(&self)
    moveCTEs()
    markCutShort()
    countRows()
    for index in nodes.indices { compareWithEstimate(index) }
  }

  // MARK: what is printed

  private mutating func readFigures(_ node: Int) {
    nodes[node].loops = tree.number(node, .actualLoops)?.value ?? 0
    nodes[node].plannedRows = tree.number(node, .planRows)?.value ?? 1
    for (lane, field) in BufferCounts.fields.enumerated() {
      guard let decimal = tree.number(node, field) else { continue }
      nodes[node].buffers.lanes[lane] = min(decimal.whole, 1 << 53)
    }
    func sum(_ fields: PlanField...) -> Double {
      fields.reduce(0) { $0 + (tree.number(node, $1)?.value ?? 0) }
    }
    nodes[node].io = IOTimes(
      read: sum(.ioReadTime, .sharedIoReadTime, .localIoReadTime),
      write: sum(.ioWriteTime, .sharedIoWriteTime, .localIoWriteTime),
      temp: sum(.tempIoReadTime, .tempIoWriteTime))
  }

  /// By a Gather the processes are those that really ran its child, the leader among them or not.
  private mutating func setProcesses(_ node: Int) {
    let place = tree.nodes[node]
    guard place.parent >= 0 else { return }
    let parent = tree.nodes[place.parent]
    let above = nodes[place.parent]
    nodes[node].processes = above.processes
    nodes[node].plannedLoops = above.plannedLoops
    if parent.kind == .nestedLoop, place.relationship == .inner {
      let outer = tree.children(of: place.parent).first { $0 < node } ?? node
      nodes[node].plannedLoops *= max(1, nodes[outer].plannedRows)
    }
    if parent.kind.isGather, place.relationship == .outer {
      if nodes[node].loops > 0, above.loops > 0 {
        nodes[node].processes *= max(1, nodes[node].loops / above.loops)
      }
    } else if parent.kind == .bitmapHeapScan, tree.flag(place.parent, .parallelAware) {
      // One process reads the index, the others wait for the bitmap.
      nodes[node].processes = 1
    }
  }

  private mutating func readTimes(_ node: Int) {
    guard hasTiming else { return }
    let loops = nodes[node].loops
    guard loops > 0, let time = tree.number(node, .actualTotalTime) else {
      nodes[node].cpuMs = .zero
      nodes[node].wallMs = .zero
      return
    }
    let cpu = time.interval * loops
    nodes[node].cpuMs = cpu
    nodes[node].wallMs = cpu / nodes[node].processes
    guard nodes[node].processes > 1 else { return }
    var leader = cpu.value
    var slowest = 0.0
    var isKnown = false
    for worker in PlanWorker.all(of: node, in: tree) {
      guard let ms = worker.number(.actualTotalTime), let loops = worker.number(.actualLoops) else {
        continue
      }
      isKnown = true
      leader -= ms.value * loops.value
      slowest = max(slowest, ms.value * loops.value)
    }
    if isKnown { nodes[node].wallMaxMs = max(slowest, leader) }
  }

  // MARK: own part

  private mutating func subtractChildren(_ node: Int) {
    nodes[node].selfMs = nodes[node].wallMs
    nodes[node].selfBuffers = nodes[node].buffers
    nodes[node].selfIO = nodes[node].io
    let loops = max(1, nodes[node].plannedLoops)
    var cost = (tree.number(node, .totalCost)?.value ?? 0) * loops
    for child in tree.children(of: node) {
      cost -= (tree.number(child, .totalCost)?.value ?? 0) * nodes[child].plannedLoops
      guard tree.nodes[child].relationship != .initPlan else { continue }
      if let wall = nodes[child].wallMs { nodes[node].selfMs? -= wall }
      nodes[node].selfBuffers -= nodes[child].buffers
      nodes[node].selfIO -= nodes[child].io
    }
    nodes[node].selfCost = max(0, cost)
  }

  /// Takes an InitPlan's figures out of the node that evaluated it.
  mutating func move(_ initPlan: Int, outOf evaluator: Int) {
    if let wall = nodes[initPlan].wallMs { nodes[evaluator].selfMs? -= wall }
    nodes[evaluator].selfBuffers -= nodes[initPlan].buffers
    nodes[evaluator].selfIO -= nodes[initPlan].io
  }
}
