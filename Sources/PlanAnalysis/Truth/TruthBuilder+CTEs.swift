/// Common table expressions: who pulled their rows.
extension TruthBuilder {
  /// Of more CTEs than these it is not searched who pulled them.
  private static let ctesMax = 256

  /// A CTE is run by its CTE Scans, each as far as it needs: their figures hold the CTE's. What
  /// they
  /// spent themselves is what is left, shared by the rows that each of them read.
  mutating func moveCTEs() {
    var count = 0
    for node in tree.nodes where SubplanName.isCTE(node.index, in: tree) {
      guard nodes[node.index].isExecuted else { continue }
      count += 1
      guard count <= Self.ctesMax else {
        // Nobody writes so many: their time is left where it was counted.
        detachedMs += nodes[node.index].wallMs ?? .zero
        detachedBuffers += nodes[node.index].buffers
        continue
      }
      let scans = scans(of: node)
      shareTime(of: node.index, among: scans)
      shareBuffers(of: node.index, among: scans)
      guard let first = scans.first else { continue }
      let own = scans.reduce(IOTimes.zero) { $0 + nodes[$1].selfIO }
      for scan in scans { nodes[scan].selfIO = .zero }
      nodes[first].selfIO = own - nodes[node.index].io
    }
  }

  /// CTE Scans that read it: those below the node it is attached to, unless a nearer one of the
  /// same
  /// name hides it.
  private func scans(of cte: PlanNode) -> [Int] {
    guard let name = SubplanName.ofCTE(cte.index, in: tree) else { return [] }
    let scope = tree.nodes[cte.parent]
    return (scope.index..<scope.end).filter { node in
      guard tree.nodes[node].kind == .cteScan, tree.text(node, .cteName) == name else {
        return false
      }
      // A scan may be the node that the CTE is attached to.
      var at = node
      while true {
        let found = tree.children(of: at).first { SubplanName.ofCTE($0, in: tree) == name }
        if let found { return found == cte.index }
        guard at != cte.parent else { return false }
        at = tree.nodes[at].parent
      }
    }
  }

  /// Whether it changes rows: then it goes on to its end after the root has ended.
  private func modifies(_ cte: Int) -> Bool {
    (cte..<tree.nodes[cte].end).contains { tree.nodes[$0].kind == .modifyTable }
  }

  private mutating func shareTime(of cte: Int, among scans: [Int]) {
    guard let wall = nodes[cte].wallMs else { return }
    let own = scans.map { nodes[$0].selfMs ?? .zero }
    let total = own.reduce(.zero, +)
    let rest = total - wall
    let width = (rest.high - rest.low) / 2
    guard rest.value >= 0, !scans.isEmpty else {
      for scan in scans { nodes[scan].selfMs = Interval(0, halfWidth: width) }
      if modifies(cte) {
        detachedMs += Interval(-rest.value, halfWidth: width)
      } else if let first = scans.first {
        nodes[first].selfMs = Interval(rest.value, halfWidth: width)
      }
      return
    }
    let weights = scans.map { rowsRead($0) }
    let shares = Self.share(rest.value, by: weights, atMost: own.map { max(0, $0.value) })
    for (scan, share) in zip(scans, shares) {
      nodes[scan].selfMs = Interval(share, halfWidth: width)
    }
  }

  private func rowsRead(_ scan: Int) -> Double {
    let rows = tree.number(scan, .actualRows)?.value ?? 0
    let removed = tree.number(scan, .rowsRemovedByFilter)?.value ?? 0
    return (rows + removed) * nodes[scan].loops
  }

  /// Divides `amount` by weight; no part exceeds its cap, the rest goes to those below theirs.
  static func share(_ amount: Double, by weights: [Double], atMost caps: [Double]) -> [Double] {
    var shares = [Double](repeating: 0, count: weights.count)
    var open = Array(weights.indices)
    var left = amount
    while !open.isEmpty {
      let weight = open.reduce(0) { $0 + weights[$1] }
      let part = { (index: Int) in
        weight > 0 ? left * weights[index] / weight : left / Double(open.count)
      }
      let full = open.filter { part($0) >= caps[$0] }
      guard !full.isEmpty else {
        for index in open { shares[index] = part(index) }
        return shares
      }
      for index in full {
        shares[index] = caps[index]
        left -= caps[index]
      }
      open.removeAll { full.contains($0) }
    }
    // Rounding may leave a little: it has to stay in the sum.
    if let last = shares.indices.last { shares[last] += left }
    return shares
  }

  /// A CTE Scan touches temporary files only; they go to whoever read most.
  private mutating func shareBuffers(of cte: Int, among scans: [Int]) {
    var rest = scans.reduce(BufferCounts.zero) { $0 + nodes[$1].selfBuffers }
    rest -= nodes[cte].buffers
    let byRows = scans.sorted { rowsRead($0) > rowsRead($1) }
    let mayDetach = modifies(cte)
    for lane in BufferCounts.fields.indices {
      var left = rest.lanes[lane]
      if left < 0, mayDetach {
        detachedBuffers.lanes[lane] &-= left
        left = 0
      }
      for scan in byRows {
        let share = min(left, max(0, nodes[scan].selfBuffers.lanes[lane]))
        nodes[scan].selfBuffers.lanes[lane] = share
        left &-= share
      }
      if left != 0, let first = byRows.first { nodes[first].selfBuffers.lanes[lane] &+= left }
    }
  }
}
