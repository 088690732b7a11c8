/// How a node worked: sort methods, hash tables, caches. The same lines stand at the node and at its
/// workers.
enum MethodLines {
  /// Adds the lines for a sort, a hash table, an aggregate's hash table and a Memoize.
  static func add(_ fields: inout Fields, to lines: inout TextLines) {
    if let method = fields.text("Sort Method") {
      let type = fields.text("Sort Space Type") ?? "Memory"
      let space = fields.text("Sort Space Used") ?? "?"
      lines.line("Sort Method: \(method)  \(type): \(space)kB")
    }
    groups(&fields, &lines)
    hash(&fields, &lines)
    memoize(&fields, &lines)
    if let storage = fields.text("Storage") {
      let space = fields.text("Maximum Storage").map { "  Maximum Storage: \($0)kB" } ?? ""
      lines.line("Storage: \(storage)\(space)")
    }
  }

  /// Adds the line of an aggregate that hashes; it stands before the rows that its filter removed.
  static func aggregate(_ fields: inout Fields, to lines: inout TextLines) {
    var parts: [String] = []
    if let partitions = fields.positive("Planned Partitions") {
      parts.append("Planned Partitions: \(partitions)")
    }
    if let batches = fields.text("HashAgg Batches") {
      let memory = fields.text("Peak Memory Usage") ?? "0"
      let disk = fields.text("Disk Usage") ?? "0"
      if Fields.isPositive(memory) {
        parts.append("Batches: \(batches)  Memory Usage: \(memory)kB")
        if batches != "1" && batches != "0" { parts.append("Disk Usage: \(disk)kB") }
      }
    }
    if !parts.isEmpty { lines.line(parts.joined(separator: "  ")) }
  }

  private static func groups(_ fields: inout Fields, _ lines: inout TextLines) {
    for (key, label) in [("Full-sort Groups", "Full-sort"), ("Pre-sorted Groups", "Pre-sorted")] {
      guard let value = fields.take(key) else { continue }
      var group = Fields(value)
      let count = group.text("Group Count") ?? "?"
      let methods = group.take("Sort Methods Used")?.elements.map(\.text) ?? []
      var text = "\(label) Groups: \(count)  Sort Method\(methods.count > 1 ? "s" : ""): "
      text += methods.joined(separator: ", ")
      for type in ["Memory", "Disk"] {
        guard let value = group.take("Sort Space \(type)") else { continue }
        var space = Fields(value)
        let average = space.text("Average Sort Space Used") ?? "?"
        let peak = space.text("Peak Sort Space Used") ?? "?"
        text += "  Average \(type): \(average)kB  Peak \(type): \(peak)kB"
      }
      lines.line(text)
    }
  }

  private static func hash(_ fields: inout Fields, _ lines: inout TextLines) {
    guard let buckets = fields.text("Hash Buckets") else { return }
    let first = fields.text("Original Hash Buckets") ?? buckets
    let batches = fields.text("Hash Batches") ?? "?"
    let firstBatches = fields.text("Original Hash Batches") ?? batches
    let memory = fields.text("Peak Memory Usage") ?? "?"
    let changed = first != buckets || firstBatches != batches
    lines.line(
      "Buckets: \(buckets)" + (changed ? " (originally \(first))" : "")
        + "  Batches: \(batches)" + (changed ? " (originally \(firstBatches))" : "")
        + "  Memory Usage: \(memory)kB")
  }

  private static func memoize(_ fields: inout Fields, _ lines: inout TextLines) {
    for key in ["Cache Key", "Cache Mode"] {
      if let value = fields.take(key) { lines.property(key, value) }
    }
    guard let hits = fields.text("Cache Hits") else { return }
    let misses = fields.text("Cache Misses") ?? "?"
    let evictions = fields.text("Cache Evictions") ?? "?"
    let overflows = fields.text("Cache Overflows") ?? "?"
    let memory = fields.text("Peak Memory Usage") ?? "?"
    guard Fields.isPositive(misses) else { return }
    lines.line(
      "Hits: \(hits)  Misses: \(misses)  Evictions: \(evictions)  Overflows: \(overflows)  "
        + "Memory Usage: \(memory)kB")
  }
}
