/// Subqueries that run for each row.
enum SubplanRules {
  static let all = [subplanRepeated, notInSubplan, initplanDominates]

  static let subplanRepeated = PlanRule("subplan-repeated", 0.9) { root in
    worst(root) { node in
      guard node.place.relationship == .subPlan, let parent = node.parent, !node.isHashed,
        !SubplanName.isNotIn(node)
      else { return nil }
      return repeated(node, parent)
    }
  }

  private static func repeated(_ node: NodeReading, _ parent: NodeReading) -> Firing? {
    guard node.truth.loops >= 100 * max(1, parent.truth.loops) else { return nil }
    let holds = node.isWholePart(0.2)
    guard holds != .no else { return nil }
    return Firing(
      holds, saves: node.wholeMs * 0.9,
      [.init("executions", node.truth.loops, "loops"), .init("time", node.wholeMs, "ms")],
      "A subquery is run \(Wording.number(node.truth.loops)) times, once for each row of "
        + "\(parent.label).",
      "Write it as a join with GROUP BY, or LATERAL where it has a limit; at least it needs an "
        + "index for "
        + "its condition."
    ).at(node.index).doubted(if: parent.kind == .memoize).doubted(if: parent.limitAbove != nil)
  }

  private static func worst(
    _ root: NodeReading, _ test: (NodeReading) -> Firing?
  ) -> Firing? {
    var best: Firing?
    for index in root.tree.nodes.indices {
      guard let firing = test(root.node(index)) else { continue }
      if (best?.savingMs ?? -1) < firing.savingMs { best = firing }
    }
    return best
  }

  static let notInSubplan = PlanRule(
    "not-in-subplan", 0.95, needs: [], readsEstimates: true
  ) { root in
    worst(root) { node in
      guard node.place.relationship == .subPlan, let parent = node.parent, SubplanName.isNotIn(node)
      else { return nil }
      let isRepeated = !node.isHashed
      let loops = node.isEstimate ? node.truth.plannedLoops : node.truth.loops
      let figures: [Finding.Figure] = [
        .init("executions", loops, "loops"), .init("rows", node.rows.value, "rows"),
        .init("time", node.wholeMs, "ms"),
      ]
      return Firing(
        .surely, saves: isRepeated && !node.isEstimate ? node.wholeMs * 0.9 : 0, figures,
        isRepeated
          ? "NOT IN with a subquery is looked through for each row of \(parent.label), because "
            + "its result does "
            + "not fit into memory."
          : "NOT IN with a subquery can't be a join: every row is looked up in its result.",
        "NOT EXISTS says the same where neither side is NULL, and can be an anti-join. Mind the "
          + "NULLs: one in "
          + "the subquery makes NOT IN give nothing."
      ).at(node.index).information(if: !isRepeated)
    }
  }

  static let initplanDominates = PlanRule("initplan-dominates", 0.9) { root in
    worst(root) { node in
      guard node.place.relationship == .initPlan, !SubplanName.isCTE(node.index, in: node.tree)
      else {
        return nil
      }
      let holds = node.isWholePart(0.5)
      guard holds != .no, node.wholeMs >= 10 else { return nil }
      return Firing(
        holds, saves: 0,
        [.init("time", node.wholeMs, "ms"), .init("plan", node.plan.totalMs, "ms")],
        "Most of the time goes into a subquery that is computed once: "
          + "\(Wording.ms(node.wholeMs)) of "
          + "\(Wording.ms(node.plan.totalMs)).",
        "Look at that subtree as the query: the findings below it are the ones that count."
      ).at(node.index).information()
    }
  }
}

extension SubplanName {
  /// Whether the parent's filter is `NOT (SubPlan k)` or `NOT (ANY (… SubPlan k …))` of this
  /// subplan.
  static func isNotIn(_ node: NodeReading) -> Bool {
    guard let parent = node.parent, let name = node.text(.subplanName) else { return false }
    let label = String(name.split(separator: "(").first ?? "").trimmingSpaces
    for field in [PlanField.filter, .joinFilter, .oneTimeFilter] {
      guard let text = parent.text(field) else { continue }
      for start in ["(NOT (ANY (", "(NOT (hashed \(label))", "(NOT (\(label))"] {
        guard let at = text.firstRange(of: start) else { continue }
        let rest = text[at.lowerBound...]
        let isThis = rest.contains(label + ")")
        // A plain `NOT (SubPlan 1)` may be NOT EXISTS: that one needs one row only.
        guard isThis, !rest.hasPrefix("(NOT (\(label))") || node.truth.plannedRows > 1 else {
          continue
        }
        return true
      }
    }
    return false
  }
}

extension NodeReading {
  /// Whether a subplan's result is kept in a hash table.
  var isHashed: Bool {
    guard let parent, let name = text(.subplanName) else { return false }
    let label = String(name.split(separator: "(").first ?? "").trimmingSpaces
    let end = tree.values[parent.place.value].next
    let word = Array("hashed \(label)".utf8)
    var at = parent.place.value + 1
    while at < end {
      let value = tree.values[at]
      if value.field == .plans {
        at = value.next
        continue
      }
      if value.kind == .string, SubplanName.contains(word, in: tree.bytes[value.text]) {
        return true
      }
      at += 1
    }
    return false
  }
}

extension String {
  /// Without spaces at its end.
  var trimmingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
