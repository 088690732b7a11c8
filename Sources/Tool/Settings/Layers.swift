import LogModel

/// Where a setting comes from: flags over `PGTRAWL_*` variables over the configuration file.
struct Layers {
  let environment: [String: String]
  let configuration: Configuration

  /// The variables that are read.
  static let variables = [
    "PGTRAWL_CONFIG", "PGTRAWL_DATABASE_URL", "PGTRAWL_DATA_DIRECTORY", "PGTRAWL_ENCODING",
    "PGTRAWL_FLUSH_INTERVAL", "PGTRAWL_FORMAT", "PGTRAWL_HEALTH_FILE", "PGTRAWL_JOBS",
    "PGTRAWL_MODEL", "PGTRAWL_MODEL_KEY", "PGTRAWL_MODEL_KEY_FILE", "PGTRAWL_MODEL_URL",
    "PGTRAWL_SAMPLES", "PGTRAWL_SETTINGS", "PGTRAWL_SOURCE", "PGTRAWL_STRICT", "PGTRAWL_TIMEZONE",
  ]

  /// A warning for each `PGTRAWL_…` variable that nobody reads.
  var warnings: [String] {
    environment.keys.sorted()
      .filter { $0.hasPrefix("PGTRAWL_") && !Self.variables.contains($0) }
      .map { name in
        let nearest = NearestName.of(name, in: Self.variables)
        return "\(name): no such setting, it is ignored."
          + (nearest.map { " Did you mean \($0)?" } ?? "")
      }
  }

  /// Where the store is: nil is the embedded one.
  func databaseURL(flag: String?) -> String? {
    flag ?? variable("DATABASE_URL") ?? configuration.databaseURL
  }

  /// Where the embedded store is; nil is the usual place.
  var dataDirectory: String? { variable("DATA_DIRECTORY") ?? configuration.dataDirectory }

  func format(flag: OutputFormat?) throws(ToolError) -> OutputFormat {
    let variable: OutputFormat? = try choice("FORMAT")
    return flag ?? variable ?? configuration.format ?? .table
  }

  /// The value of `PGTRAWL_<name>`; an empty one counts as none.
  func variable(_ name: String) -> String? {
    environment["PGTRAWL_\(name)"].flatMap { $0.isEmpty ? nil : $0 }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String
  ) throws(ToolError) -> Choice? where Choice.RawValue == String {
    guard let word = variable(name) else { return nil }
    guard let choice = Choice(rawValue: word) else {
      let words = Choice.allCases.map(\.rawValue)
      let nearest = NearestName.of(word, in: words).map { "Did you mean '\($0)'?" }
      throw ToolError(
        .usage, "PGTRAWL_\(name)", "'\(word)' is none of \(words.joined(separator: ", "))",
        next: nearest ?? "Set it to one of them")
    }
    return choice
  }

  func number(_ name: String, in range: ClosedRange<Int>) throws(ToolError) -> Int? {
    guard let word = variable(name) else { return nil }
    guard let number = Int(word), range ~= number else {
      throw ToolError(
        .usage, "PGTRAWL_\(name)",
        "'\(word)' is no number from \(range.lowerBound) to \(range.upperBound)",
        next: "Set it to one")
    }
    return number
  }

  func flag(_ name: String) throws(ToolError) -> Bool? {
    guard let word = variable(name) else { return nil }
    switch word.lowercased() {
    case "1", "true", "yes", "on": return true
    case "0", "false", "no", "off": return false
    default:
      throw ToolError(
        .usage, "PGTRAWL_\(name)", "'\(word)' is neither true nor false", next: "Set it to one")
    }
  }
}
