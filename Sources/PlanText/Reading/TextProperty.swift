/// One line below a node, read: the counterpart of what `NodeWriter`, `MethodLines` and `UsageLines` write.
enum TextProperty {
  /// Its members as JSON; what is not known is kept as text.
  static func members(_ content: Substring, of type: String) -> [String] {
    guard let colon = content.firstRange(of: ":") else { return [] }
    let key = String(content[..<colon.lowerBound])
    let value = content[colon.upperBound...].drop { $0 == " " }
    switch key {
    case "Buffers": return usage(value, unit: "Blocks")
    case "I/O Timings": return usage(value, unit: "Time")
    case "WAL": return pairs(value).map { JSONMember.raw(walKeys[$0.name] ?? $0.name, $0.value) }
    case "Heap Blocks":
      return pairs(value).map {
        JSONMember.raw($0.name == "exact" ? "Exact Heap Blocks" : "Lossy Heap Blocks", $0.value)
      }
    case "Tuples":
      return pairs(value).map {
        JSONMember.raw("Tuples " + $0.name.prefix(1).uppercased() + $0.name.dropFirst(), $0.value)
      }
    case "Sort Method": return sort(value)
    case "Full-sort Groups", "Pre-sorted Groups": return [group(key, value)]
    case "Buckets", "Batches", "Planned Partitions", "Hits", "Storage":
      return figures(content, of: type)
    case _ where lists.contains(key):
      return [
        JSONMember.raw(key, "[" + list(value).map(JSONMember.string).joined(separator: ", ") + "]")
      ]
    case _ where numbers.contains(key) && JSONMember.isNumber(value):
      return [JSONMember.raw(key, value)]
    case "Single Copy", "Inner Unique", "Disabled": return [JSONMember.raw(key, value)]
    default: return key.isEmpty ? [] : [JSONMember.text(key, value)]
    }
  }

  private static let lists: Set<String> = [
    "Output", "Sort Key", "Presorted Key", "Group Key", "Conflict Arbiter Indexes",
  ]
  private static let numbers: Set<String> = [
    "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck",
    "Rows Removed by Conflict Filter", "Heap Fetches", "Index Searches", "Workers Planned",
    "Workers Launched", "Subplans Removed", "Tuples Inserted", "Conflicting Tuples",
  ]
  private static let walKeys = [
    "records": "WAL Records", "fpi": "WAL FPI", "bytes": "WAL Bytes",
    "full": "WAL Buffers Full",
  ]

  /// `shared hit=1 read=2, temp read=3`: of blocks and of times.
  private static func usage(_ value: Substring, unit: String) -> [String] {
    var members: [String] = []
    for part in value.split(separator: ",") {
      var words = part.split(separator: " ")
      var kind = ""
      if let first = words.first, !first.contains("=") {
        kind = first == "shared/local" ? "" : first.prefix(1).uppercased() + first.dropFirst() + " "
        words.removeFirst()
      }
      for pair in pairs(words.joined(separator: " ")[...]) {
        let name = pair.name.prefix(1).uppercased() + pair.name.dropFirst()
        let key = unit == "Blocks" ? "\(kind)\(name) Blocks" : "\(kind)I/O \(name) Time"
        members.append(JSONMember.raw(key, pair.value))
      }
    }
    return members
  }

  /// `a=1 b=2`
  private static func pairs(_ value: Substring) -> [(name: String, value: Substring)] {
    value.split(separator: " ").compactMap { word in
      let parts = word.split(separator: "=")
      guard parts.count == 2, JSONMember.isNumber(parts[1]) else { return nil }
      return (String(parts[0]), parts[1])
    }
  }

  /// `external merge  Disk: 123kB`
  private static func sort(_ value: Substring) -> [String] {
    guard let gap = value.firstRange(of: "  ") else {
      return [JSONMember.text("Sort Method", value)]
    }
    let space = value[gap.upperBound...].split(separator: ":")
    var members = [JSONMember.text("Sort Method", value[..<gap.lowerBound])]
    guard space.count == 2, let amount = kilobytes(space[1]) else { return members }
    members.append(JSONMember.raw("Sort Space Used", amount))
    members.append(JSONMember.text("Sort Space Type", space[0]))
    return members
  }

  private static func kilobytes(_ text: Substring) -> Substring? {
    let amount = text.drop { $0 == " " }
    guard amount.hasSuffix("kB"), JSONMember.isNumber(amount.dropLast(2)) else { return nil }
    return amount.dropLast(2)
  }

  /// `Buckets: 1024  Batches: 1  Memory Usage: 9kB`: what a name means depends on the node.
  private static func figures(_ content: Substring, of type: String) -> [String] {
    var members: [String] = []
    var rest = content
    while let colon = rest.firstRange(of: ": ") {
      let name = String(rest[..<colon.lowerBound])
      let end = rest[colon.upperBound...].firstRange(of: "  ")
      let value = rest[colon.upperBound..<(end?.lowerBound ?? rest.endIndex)]
      rest = end.map { rest[$0.upperBound...].drop { $0 == " " } } ?? ""
      if name == "Storage" {
        members.append(JSONMember.text(name, value))
        continue
      }
      let number = value.prefix { $0.isNumber }
      guard !number.isEmpty, let key = key(name, of: type) else { continue }
      members.append(JSONMember.raw(key, number))
      if let first = value.firstRange(of: "(originally ") {
        let before = value[first.upperBound...].prefix { $0.isNumber }
        members.append(JSONMember.raw("Original \(key)", before))
      } else if key.hasPrefix("Hash ") {
        members.append(JSONMember.raw("Original \(key)", number))
      }
    }
    return members
  }

  private static func key(_ name: String, of type: String) -> String? {
    switch (name, type) {
    case ("Buckets", _): "Hash Buckets"
    case ("Batches", "Aggregate"): "HashAgg Batches"
    case ("Batches", _): "Hash Batches"
    case ("Memory Usage", _): "Peak Memory Usage"
    case ("Planned Partitions", _), ("Disk Usage", _), ("Maximum Storage", _): name
    case ("Hits", _), ("Misses", _), ("Evictions", _), ("Overflows", _): "Cache \(name)"
    default: nil
    }
  }

  /// `3  Sort Methods: quicksort, top-N heapsort  Average Memory: 27kB  Peak Memory: 27kB`
  private static func group(_ key: String, _ value: Substring) -> String {
    var members = [JSONMember.raw("Group Count", value.prefix { $0.isNumber })]
    var spaces: [(type: String, members: [String])] = []
    var rest = value.drop { $0.isNumber }.drop { $0 == " " }
    while let colon = rest.firstRange(of: ": ") {
      let name = rest[..<colon.lowerBound]
      let end = rest[colon.upperBound...].firstRange(of: "  ")
      let text = rest[colon.upperBound..<(end?.lowerBound ?? rest.endIndex)]
      rest = end.map { rest[$0.upperBound...].drop { $0 == " " } } ?? ""
      if name.hasPrefix("Sort Method") {
        let methods = text.split(separator: ",").map { JSONMember.string($0.drop { $0 == " " }) }
        members.append(
          JSONMember.raw("Sort Methods Used", "[" + methods.joined(separator: ", ") + "]"))
        continue
      }
      let words = name.split(separator: " ")
      guard words.count == 2, let amount = kilobytes(text) else { continue }
      let member = JSONMember.raw("\(words[0]) Sort Space Used", amount)
      if let last = spaces.last, last.type == words[1] {
        spaces[spaces.count - 1].members.append(member)
      } else {
        spaces.append((String(words[1]), [member]))
      }
    }
    for space in spaces {
      members.append(
        JSONMember.raw(
          "Sort Space \(space.type)", "{" + space.members.joined(separator: ", ") + "}"))
    }
    return JSONMember.raw(key, "{" + members.joined(separator: ", ") + "}")
  }

  /// Parts between commas that stand in no parentheses and no quotes.
  static func list(_ value: Substring) -> [Substring] {
    var parts: [Substring] = []
    var depth = 0
    var quote: Character?
    var start = value.startIndex
    for index in value.indices {
      let character = value[index]
      if let open = quote {
        if character == open { quote = nil }
        continue
      }
      switch character {
      case "'", "\"": quote = character
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "," where depth == 0:
        parts.append(value[start..<index])
        start = value.index(after: index)
      default: break
      }
    }
    parts.append(value[start...])
    return parts.map { $0.drop { $0 == " " } }
  }
}
