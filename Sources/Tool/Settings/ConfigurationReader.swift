import QueryShape

/// Reads `pgtrawl.toml`. A key that nobody knows is an error: silence would hide a slip.
struct ConfigurationReader {
  let path: String

  /// What `text` says. Throws `configuration`.
  func read(_ text: String) throws(ToolError) -> Configuration {
    let table: [String: TOMLValue]
    do throws(TOMLError) {
      table = try TOMLReader.read(text)
    } catch {
      throw failure(
        "it can't be read at line \(error.line): \(error.cause)", next: "Correct that line")
    }
    try check(table, known: Configuration.keys, place: "")
    var configuration = Configuration(path: path)
    configuration.databaseURL = try string(table, "database-url")
    configuration.dataDirectory = try string(table, "data-directory")
    configuration.source = try string(table, "source")
    configuration.encoding = try string(table, "encoding")
    configuration.settingsFile = try string(table, "settings")
    configuration.timezones = try strings(table, "timezone")
    configuration.format = try choice(table, "format")
    configuration.samples = try choice(table, "samples")
    configuration.isStrict = try typed(table, "strict", "true or false") { $0.bool }
    configuration.jobs = try typed(table, "jobs", "a number from 1 to 64") { value in
      value.int.flatMap { 1...64 ~= $0 ? $0 : nil }
    }
    if let value = table["sources"] {
      guard let sources = value.table else {
        throw failure("'sources' is no table", next: "Write [sources.NAME]")
      }
      for name in sources.keys.sorted() {
        configuration.sources[name] = try source(name, sources[name]?.table)
      }
    }
    return configuration
  }

  private func source(
    _ name: String, _ table: [String: TOMLValue]?
  ) throws(ToolError) -> Configuration.Source {
    let place = "sources.\(name)."
    guard let table else {
      throw failure("'sources.\(name)' is no table", next: "Write [sources.\(name)]")
    }
    try check(table, known: Configuration.sourceKeys, place: place)
    return Configuration.Source(
      paths: try strings(table, "paths", place), timezones: try strings(table, "timezone", place),
      encoding: try string(table, "encoding", place), samples: try choice(table, "samples", place),
      settingsFile: try string(table, "settings", place))
  }

  private func check(
    _ table: [String: TOMLValue], known: [String], place: String
  ) throws(ToolError) {
    for key in table.keys.sorted() where !known.contains(key) {
      let next =
        NearestName.of(key, in: known).map { "Did you mean '\($0)'?" }
        ?? "Known here are: \(known.joined(separator: ", "))"
      throw failure("'\(place)\(key)' is no setting", next: next)
    }
  }

  private func string(
    _ table: [String: TOMLValue], _ key: String, _ place: String = ""
  ) throws(ToolError) -> String? {
    try typed(table, key, "a string", place) { $0.string }
  }

  /// One string, or a list of them.
  private func strings(
    _ table: [String: TOMLValue], _ key: String, _ place: String = ""
  ) throws(ToolError) -> [String] {
    let list = try typed(table, key, "a string or a list of strings", place) { value in
      if let one = value.string { return [one] }
      guard let array = value.array else { return nil as [String]? }
      let strings = array.map { $0.string }
      return strings.contains(nil) ? nil : strings.compactMap { $0 }
    }
    return list ?? []
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ table: [String: TOMLValue], _ key: String, _ place: String = ""
  ) throws(ToolError) -> Choice? where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try typed(table, key, "one of \(words)", place) { value in
      value.string.flatMap { Choice(rawValue: $0) }
    }
  }

  private func typed<Value>(
    _ table: [String: TOMLValue], _ key: String, _ kind: String, _ place: String = "",
    _ convert: (TOMLValue) -> Value?
  ) throws(ToolError) -> Value? {
    guard let value = table[key] else { return nil }
    guard let converted = convert(value) else {
      throw failure("'\(place)\(key)' has to be \(kind)", next: "Correct its value")
    }
    return converted
  }

  private func failure(_ cause: String, next: String) -> ToolError {
    ToolError(.configuration, path, cause, next: next)
  }
}
