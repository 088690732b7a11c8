import QueryShape

/// Reads `pgtrawl.toml`. A key that nobody knows is an error: silence would hide a slip.
struct ConfigurationReader {
  let path: String

  /// What `text` says. Throws `configuration`.
  func read(_ text: String) throws(ToolError) -> Configuration {
    let document: TOMLDocument
    do throws(TOMLError) {
      document = try TOMLReader.read(text)
    } catch {
      throw ToolError(
        .configuration, path, "it can't be read at line \(error.line): \(error.cause)",
        next: "Correct that line")
    }
    return try Table(path: path, document: document, values: document.table, place: [])
      .configuration()
  }
}

/// One table of the file.
private struct Table {
  let path: String
  let document: TOMLDocument
  let values: [String: TOMLValue]
  /// The names that lead to it.
  let place: [String]

  func configuration() throws(ToolError) -> Configuration {
    try check(known: Configuration.keys)
    var configuration = Configuration(path: path)
    configuration.databaseURL = try string("database-url")
    configuration.dataDirectory = try string("data-directory")
    configuration.source = try string("source")
    configuration.encoding = try string("encoding")
    configuration.settingsFile = try string("settings")
    configuration.timezones = try strings("timezone")
    configuration.healthFile = try string("health-file")
    configuration.modelURL = try string("model-url")
    configuration.model = try string("model")
    configuration.modelKeyFile = try string("model-key-file")
    configuration.flushInterval = try duration(
      "flush-interval", in: TailSettings.flushIntervalRange)
    configuration.format = try choice("format")
    configuration.samples = try choice("samples")
    configuration.isStrict = try typed("strict", "true or false") { $0.bool }
    configuration.jobs = try typed("jobs", "a number from 1 to 64") { value in
      value.int.flatMap { 1...64 ~= $0 ? $0 : nil }
    }
    if let value = values["sources"] {
      guard let sources = value.table else {
        throw failure("sources", "is no table", next: "Write [sources.NAME]")
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
    guard let table else {
      let outer = Table(path: path, document: document, values: [:], place: ["sources"])
      throw outer.failure(name, "is no table", next: "Write [sources.\(name)]")
    }
    let inner = Table(
      path: path, document: document, values: table, place: ["sources", name])
    try inner.check(known: Configuration.sourceKeys)
    return Configuration.Source(
      paths: try inner.strings("paths"), timezones: try inner.strings("timezone"),
      encoding: try inner.string("encoding"), samples: try inner.choice("samples"),
      settingsFile: try inner.string("settings"))
  }

  private func check(known: [String]) throws(ToolError) {
    for key in values.keys.sorted() where !known.contains(key) {
      let next =
        NearestName.of(key, in: known).map { "Did you mean '\($0)'?" }
        ?? "Known here are: \(known.joined(separator: ", "))"
      throw failure(key, "is no setting", next: next)
    }
  }

  private func string(_ key: String) throws(ToolError) -> String? {
    try typed(key, "a string") { $0.string }
  }

  /// One string, or a list of them.
  private func strings(_ key: String) throws(ToolError) -> [String] {
    let list = try typed(key, "a string or a list of strings") { value in
      if let one = value.string { return [one] }
      guard let array = value.array else { return nil as [String]? }
      let strings = array.map { $0.string }
      return strings.contains(nil) ? nil : strings.compactMap { $0 }
    }
    return list ?? []
  }

  /// A string such as `100ms`, or a number of milliseconds.
  private func duration(
    _ key: String, in range: ClosedRange<Duration>
  ) throws(ToolError) -> Duration? {
    let bounds = [range.lowerBound, range.upperBound].map { DurationArgument.shown($0) }
    return try typed(key, "a length of time from \(bounds[0]) to \(bounds[1])") { value in
      (value.string ?? value.int.map { String($0) }).flatMap { DurationArgument.parse($0) }
        .flatMap { range ~= $0 ? $0 : nil }
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws(ToolError) -> Choice? where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try typed(key, "one of \(words)") { value in
      value.string.flatMap { Choice(rawValue: $0) }
    }
  }

  private func typed<Value>(
    _ key: String, _ kind: String, _ convert: (TOMLValue) -> Value?
  ) throws(ToolError) -> Value? {
    guard let value = values[key] else { return nil }
    guard let converted = convert(value) else {
      throw failure(key, "has to be \(kind)", next: "Correct its value")
    }
    return converted
  }

  private func failure(_ key: String, _ cause: String, next: String) -> ToolError {
    let name = place + [key]
    let line = document.line(of: name).map { "line \($0): " } ?? ""
    return ToolError(
      .configuration, path, "\(line)'\(name.joined(separator: "."))' \(cause)", next: next)
  }
}
