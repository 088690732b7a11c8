import ArgumentParser

/// A command that does something.
protocol ToolCommand: ParsableCommand, Sendable {
  /// Whether SIGINT and SIGTERM stop it in order; otherwise they end the program at once, unless the
  /// command traps them itself.
  static var stopsOnSignals: Bool { get }
  /// Whether the program ends as usual when whoever reads its output has gone; otherwise it goes on.
  static var endsWithoutReader: Bool { get }
  /// The options that every command has.
  var global: GlobalOptions { get }
  /// Does it.
  func run(in context: ToolContext) async throws -> ExitStatus
}

extension ToolCommand {
  static var stopsOnSignals: Bool { true }
  static var endsWithoutReader: Bool { true }
}

/// What a command finds around it.
struct ToolContext: Sendable {
  let console: Console
  let environment: [String: String]
  let layers: Layers
  let options: GlobalOptions

  init(console: Console, environment: [String: String], options: GlobalOptions) throws(ToolError) {
    self.console = console
    self.environment = environment
    self.options = options
    let configuration = try ConfigurationFile(environment: environment).read(named: options.config)
    layers = Layers(environment: environment, configuration: configuration)
    for warning in layers.warnings { console.note(warning) }
  }

  /// The way to the store that flags, environment and configuration name.
  var store: StoreAccess {
    StoreAccess(
      databaseURL: layers.databaseURL(flag: options.databaseURL),
      dataDirectory: layers.dataDirectory, environment: environment, console: console)
  }
}
