import ArgumentParser
import Ingest
import LogSource

/// `pgtrawl tail`
struct TailCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Follows live logs into the store until it is stopped.",
    discussion: """
      Reads what is there already, then what comes: the archive and the live log are one thing. Logs \
      are known by their content, so nothing is read twice, through rotation by PostgreSQL or \
      logrotate, compression and restarts; a log that is renamed or deleted while it is followed is \
      read to its end. While the store is away it is waited for: the logs themselves are the queue.

      SIGTERM and SIGINT end it after the batch in flight; started again it goes on from there.

        pgtrawl tail /var/log/postgresql --source prod-1
      """)

  @OptionGroup var global: GlobalOptions

  @Argument(help: "Directories, files, globs.", completion: .file())
  var path: [String] = []

  @OptionGroup var log: LogOptions
  @OptionGroup var text: TextOptions

  @Option(
    help: ArgumentHelp(
      "After how many milliseconds what was written is in the store, at the earliest.",
      valueName: "ms"))
  var flushInterval = 100

  func validate() throws {
    guard 10...60_000 ~= flushInterval else {
      throw ValidationError("--flush-interval wants 10 to 60000 milliseconds.")
    }
    guard !path.contains("-") else {
      throw ValidationError("Standard input can't be followed; use import -.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let typed = LowImportArguments(
      paths: path, source: log.source, timezones: log.timezone, encoding: text.encoding,
      samples: text.samples)
    let settings = try ImportSettings(typed, context.layers)
    let conninfo = try await context.store.prepared()
    do {
      try await follow(settings, conninfo, context)
    } catch  where Task.isCancelled {
      // Stopped as asked.
    }
    return .done
  }

  private func follow(
    _ settings: ImportSettings, _ conninfo: String, _ context: ToolContext
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for source in settings.sources {
        let run = TailRun(
          settings: ImportCommand.ingest(source, settings, conninfo),
          flushInterval: .milliseconds(flushInterval), schemaCheck: StoreAccess.schemaCheck
        ) { Self.tell($0, of: source.name, on: context.console) }
        group.addTask { try await run.run(source.paths.map { LogPath(argument: $0) }) }
      }
      try await group.waitForAll()
    }
  }

  private static func tell(_ notice: TailNotice, of source: String, on console: Console) {
    let text =
      switch notice {
      case .started(let logs): "following \(logs) \(logs == 1 ? "log" : "logs")"
      case .opened(let path): "\(path): new"
      case .finished(let path): "\(path): rotated away, read to its end"
      case .lost(let path, let from, let to):
        "\(path): gone, and with it "
          + (to.map { "\($0 - from) bytes from offset \(from) on" }
            ?? "what stood behind offset \(from), if anything did")
      case .problem(let path, let problem): "\(path): \(problem)"
      case .storeAway(let problem): "\(problem); waiting for it"
      case .storeBack: "the store is back"
      }
    console.note("\(source): \(text)")
  }
}
