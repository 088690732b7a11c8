/// Writes plan nodes the way PostgreSQL's ExplainNode does in its text format.
struct NodeWriter {
  var lines = TextLines()
  /// The plan was made with VERBOSE: the text then says more in a few places.
  let isVerbose: Bool

  /// Adds `node` and everything below it.
  mutating func add(_ node: JSONValue) {
    let saved = lines.indent
    var fields = Fields(node)
    fields.drop("Parent Relationship")
    let type = fields.peek("Node Type") ?? ""
    let operation = fields.peek("Operation")
    if let name = fields.text("Subplan Name") {
      lines.line(name)
      lines.indent += 1
    }
    let heading = NodeHeading.line(&fields)
    lines.line(lines.indent > 0 ? "->  \(heading)" : heading)
    lines.indent += lines.indent > 0 ? 3 : 1
    let children = fields.take("Plans")?.elements ?? []
    let workers = fields.take("Workers")?.elements ?? []
    let removed = fields.positive("Subplans Removed")
    if fields.flag("Disabled") { lines.line("Disabled: true") }
    keys(&fields)
    conditions(&fields)
    parallel(&fields)
    if type != "Aggregate" { MethodLines.add(&fields, to: &lines) }
    if type == "ModifyTable" { targets(&fields, operation: operation ?? "") }
    var usage = UsageLines.split(&fields)
    for (key, value) in fields.rest { lines.property(key, value) }
    UsageLines.add(&usage, to: &lines)
    for worker in workers { add(worker: worker) }
    if let removed { lines.line("Subplans Removed: \(removed)") }
    for child in children { add(child) }
    lines.indent = saved
  }

  /// What the node computes and by what it groups and orders.
  private mutating func keys(_ fields: inout Fields) {
    write(["Output"], &fields)
    let isUnique = fields.text("Inner Unique")
    if isVerbose, isUnique == "true" { lines.line("Inner Unique: true") }
    if let method = fields.text("Sampling Method") {
      let parameters = fields.take("Sampling Parameters").map(TextLines.list) ?? ""
      let seed = fields.text("Repeatable Seed").map { " REPEATABLE (\($0))" } ?? ""
      lines.line("Sampling: \(method) (\(parameters))\(seed)")
    }
    write(["Window", "Sort Key", "Presorted Key", "Group Key"], &fields)
    for set in fields.take("Grouping Sets")?.elements ?? [] { add(groupingSet: set) }
  }

  private mutating func add(groupingSet: JSONValue) {
    var fields = Fields(groupingSet)
    let saved = lines.indent
    if let key = fields.take("Sort Key") {
      lines.property("Sort Key", key)
      lines.indent += 1
    }
    for kind in ["Hash", "Group"] {
      for keys in fields.take("\(kind) Keys")?.elements ?? [] {
        let text = TextLines.list(keys)
        lines.line("\(kind) Key: \(text.isEmpty ? "()" : text)")
      }
    }
    lines.indent = saved
  }

  /// Conditions, and how many rows they removed.
  private mutating func conditions(_ fields: inout Fields) {
    write(
      [
        "Function Call", "Table Function Call", "Index Cond", "Recheck Cond", "TID Cond",
        "Merge Cond", "Hash Cond", "One-Time Filter",
      ], &fields)
    writePositive(["Rows Removed by Index Recheck"], &fields)
    write(["Order By", "Join Filter"], &fields)
    writePositive(["Rows Removed by Join Filter"], &fields)
    write(["Filter"], &fields)
    if fields.has("Planned Partitions") || fields.has("HashAgg Batches") {
      MethodLines.aggregate(&fields, to: &lines)
    }
    writePositive(["Rows Removed by Filter"], &fields)
    write(["Run Condition", "Heap Fetches", "Index Searches"], &fields)
    let exact = fields.positive("Exact Heap Blocks").map { " exact=\($0)" } ?? ""
    let lossy = fields.positive("Lossy Heap Blocks").map { " lossy=\($0)" } ?? ""
    if !(exact + lossy).isEmpty { lines.line("Heap Blocks:\(exact)\(lossy)") }
  }

  private mutating func parallel(_ fields: inout Fields) {
    write(["Workers Planned", "Params Evaluated", "Workers Launched"], &fields)
    if fields.flag("Single Copy") { lines.line("Single Copy: true") }
  }

  /// What a ModifyTable writes to and what became of the rows.
  private mutating func targets(_ fields: inout Fields, operation: String) {
    for target in fields.take("Target Tables")?.elements ?? [] {
      var table = Fields(target)
      lines.line(operation + NodeHeading.target(&table))
      lines.indent += 1
      for (key, value) in table.rest { lines.property(key, value) }
      lines.indent -= 1
    }
    write(["Conflict Resolution", "Conflict Arbiter Indexes", "Conflict Filter"], &fields)
    writePositive(["Rows Removed by Conflict Filter"], &fields)
    guard operation == "Merge" else {
      write(["Tuples Inserted", "Conflicting Tuples"], &fields)
      return
    }
    var tuples = ""
    for word in ["Inserted", "Updated", "Deleted", "Skipped"] {
      if let count = fields.positive("Tuples \(word)") {
        tuples += " \(word.lowercased())=\(count)"
      }
    }
    if !tuples.isEmpty { lines.line("Tuples:\(tuples)") }
  }

  private mutating func add(worker: JSONValue) {
    var fields = Fields(worker)
    let number = fields.text("Worker Number") ?? "?"
    lines.worker(number) { lines in
      let actual = NodeHeading.actual(&fields, isRow: false)
      if !actual.isEmpty { lines.line(actual) }
      MethodLines.aggregate(&fields, to: &lines)
      MethodLines.add(&fields, to: &lines)
      if let jit = fields.take("JIT") { SummaryLines.add(jit: jit, to: &lines) }
      var usage = UsageLines.split(&fields)
      for (key, value) in fields.rest { lines.property(key, value) }
      UsageLines.add(&usage, to: &lines)
    }
  }

  private mutating func write(_ keys: [String], _ fields: inout Fields) {
    for key in keys {
      if let value = fields.take(key) { lines.property(key, value) }
    }
  }

  private mutating func writePositive(_ keys: [String], _ fields: inout Fields) {
    for key in keys {
      if let count = fields.positive(key) { lines.line("\(key): \(count)") }
    }
  }
}
