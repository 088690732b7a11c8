extension ZoneFiles {
  private static let similarMax = 4

  /// Names that may have been meant: the zones that use it as an abbreviation, else those that
  /// differ in case, lack the continent, or have a few other letters.
  func similar(to name: String, _ names: [String]) -> [String] {
    if let usage = usages()[name.uppercased()] {
      return Array(usage.keys.sorted().compactMap { usage[$0]?.first }.prefix(Self.similarMax))
    }
    let wanted = Self.folded(name)
    let wantedCity = Self.city(wanted)
    let scored = names.compactMap { candidate -> (score: Int, name: String)? in
      let folded = Self.folded(candidate)
      let whole = Self.distance(folded, wanted)
      let city = Self.distance(Self.city(folded), wantedCity)
      let score = min(whole, city == 0 ? 1 : city + 1)
      return score <= max(1, wanted.count / 4) ? (score, candidate) : nil
    }
    return scored.sorted { ($0.score, $0.name) < ($1.score, $1.name) }.prefix(Self.similarMax)
      .map(\.name)
  }

  private static func folded(_ name: String) -> [UInt8] {
    name.lowercased().utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "_") : $0 }
  }

  private static func city(_ name: [UInt8]) -> [UInt8] {
    name.lastIndex(of: UInt8(ascii: "/")).map { Array(name[($0 + 1)...]) } ?? name
  }

  /// Insertions, deletions and replacements that turn one into the other.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    let longest = 64
    guard a.count <= longest, b.count <= longest else { return longest }
    var previous = Array(0...b.count)
    for (row, byte) in a.enumerated() {
      var current = [row + 1]
      for column in b.indices {
        let replaced = previous[column] + (byte == b[column] ? 0 : 1)
        current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
      }
      previous = current
    }
    return previous[b.count]
  }
}
