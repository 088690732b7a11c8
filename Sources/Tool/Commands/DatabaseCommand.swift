import ArgumentParser
import EmbeddedStore

/// `pgtrawl db …`
struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db", abstract: "The embedded store: a private PostgreSQL server.",
    discussion: """
      Used when no database is named. It is made and started on demand from the server programs on \
      this machine, listens on a unix socket only, and runs until 'db stop'. Its place is the \
      user's data directory (as root /var/lib/pgtrawl), or PGTRAWL_DATA_DIRECTORY.

        pgtrawl db status
        pgtrawl db psql -- -c 'TABLE pgtrawl.sources'
        psql "$(pgtrawl db url)"
      """,
    subcommands: [
      DatabaseStart.self, DatabaseStop.self, DatabaseStatus.self, DatabaseURL.self,
      DatabasePsql.self, DatabaseDestroy.self,
    ])
}

/// `pgtrawl db start`
struct DatabaseStart: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Starts the embedded store, making it where there is none.",
    discussion: "  pgtrawl db start")

  @OptionGroup var global: GlobalOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let store = try context.store.embedded()
    try await store.start()
    context.console.note("the embedded store runs in \(store.location.directory).")
    return .done
  }
}

/// `pgtrawl db stop`
struct DatabaseStop: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stops the embedded store; its data stay.",
    discussion: "  pgtrawl db stop")

  @OptionGroup var global: GlobalOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let didStop = try await context.store.embedded().stop()
    context.console.note(didStop ? "the embedded store is stopped." : "it did not run.")
    return .done
  }
}

/// `pgtrawl db status`
struct DatabaseStatus: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Says whether the embedded store runs, and where it is.",
    discussion: """
        pgtrawl db status
        pgtrawl db status --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let status = try await context.store.embedded().status()
    var document = Document()
    document.add(record: [
      (.init("state"), .text(Self.word(status.state))),
      (.init("process_id", "process"), Self.process(status.state)),
      (.init("major_version", "PostgreSQL"), .maybe(count: status.majorVersion.map { Int64($0) })),
      (.init("directory"), .text(status.directory)),
      (.init("log_file", "log"), .text(status.logFile)),
      (.init("url"), .text(status.url)),
    ])
    context.console.write(document, as: format)
    return .done
  }

  static func word(_ state: EmbeddedStore.State) -> String {
    switch state {
    case .absent: "absent"
    case .stopped: "stopped"
    case .running(_, _, let isReady): isReady ? "running" : "not ready"
    }
  }

  private static func process(_ state: EmbeddedStore.State) -> Cell {
    guard case .running(let process, _, _) = state else { return .none }
    return .count(Int64(process))
  }
}

/// `pgtrawl db url`
struct DatabaseURL: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "url", abstract: "Prints how to connect to the embedded store.",
    discussion: "  psql \"$(pgtrawl db url)\"")

  @OptionGroup var global: GlobalOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    context.console.write(try context.store.embedded().location.url + "\n")
    return .done
  }
}

/// `pgtrawl db psql`
struct DatabasePsql: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "psql", abstract: "Opens psql on the embedded store.",
    discussion: """
        pgtrawl db psql
        pgtrawl db psql -- -c 'SELECT * FROM pgtrawl.verify()'
      """)
  static let stopsOnSignals = false

  @OptionGroup var global: GlobalOptions

  @Argument(parsing: .postTerminator, help: "What psql is given, after --.")
  var arguments: [String] = []

  func run(in context: ToolContext) async throws -> ExitStatus {
    let store = try context.store.embedded()
    try await store.start()
    try await store.becomePsql(arguments)
  }
}

/// `pgtrawl db destroy`
struct DatabaseDestroy: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy", abstract: "Stops the embedded store and removes all its data.",
    discussion: "  pgtrawl db destroy --yes")

  @OptionGroup var global: GlobalOptions

  @Flag(help: "Really remove it, with everything that was imported.")
  var yes = false

  func validate() throws {
    guard yes else {
      throw ValidationError(
        "db destroy: this removes everything that was imported. Add --yes to do it.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let store = try context.store.embedded()
    let didExist = try await store.destroy()
    context.console.note(
      didExist
        ? "the embedded store in \(store.location.directory) is gone." : "there was none.")
    return .done
  }
}
