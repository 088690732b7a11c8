import ArgumentParser
internal import Glibc
import Ingest
import LogSource
import UnixSignals

/// `pgtrawl tail`
struct TailCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Follows live logs into the store until it is stopped.",
    discussion: """
      Reads what is there already, then what comes: the archive and the live log are one thing. Logs \
      are known by their content, so nothing is read twice, through rotation by PostgreSQL or \
      logrotate, compression and restarts; a log that is renamed or deleted while it is followed is \
      read to its end. While the store is away it is waited for: the logs themselves are the queue. \
      Without PATH the paths of [sources.NAME] in pgtrawl.toml are followed.

      SIGTERM and SIGINT end it with 0 within 5 seconds, a second one at once; started again it goes \
      on from there. SIGHUP reads the configuration file anew: sources that are new, gone or changed \
      are started, stopped or restarted, the others go on; a configuration with a mistake changes \
      nothing. Started by systemd it tells when it is ready, what it does, and that it is alive.

        pgtrawl tail /var/log/postgresql --source prod-1
      """)

  /// Signals do more here than end the command.
  static let stopsOnSignals = false
  /// Whoever reads the messages may go: the logs are followed all the same.
  static let endsWithoutReader = false
  /// After the first signal everything has to be over then.
  private static let stopTimeout = Duration.seconds(4)

  @OptionGroup var global: GlobalOptions

  @Argument(help: "Directories, files, globs.", completion: .file())
  var path: [String] = []

  @OptionGroup var log: LogOptions
  @OptionGroup var text: TextOptions

  @Option(
    help: ArgumentHelp(
      "After how long what was written is in the store, at the earliest (default: 100ms).",
      discussion: "10ms to 60s; a bare number is milliseconds. Also PGTRAWL_FLUSH_INTERVAL.",
      valueName: "time"))
  var flushInterval: String?

  @Option(
    help: ArgumentHelp(
      "Keeps the state there as JSON: what is followed, what is wrong.",
      discussion: "Replaced whole, at least every 10 seconds. Also PGTRAWL_HEALTH_FILE.",
      valueName: "file"),
    completion: .file())
  var healthFile: String?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Analyze what was committed, behind it, where the store has the analysis layer.",
      discussion: "Twice a minute at most, for a twentieth of the time at most."))
  var analyze = true

  /// What was typed.
  var typed: LowTailArguments {
    LowTailArguments(
      logs: LowImportArguments(
        paths: path, source: log.source, timezones: log.timezone, encoding: text.encoding,
        samples: text.samples),
      flushInterval: flushInterval, healthFile: healthFile)
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let orders = try orders(in: context)
    let manager = ServiceManager(
      ServiceEnvironment(context.environment, processID: getpid())
    ) { context.console.note($0) }
    let analysis = AnalysisFollower { Self.tell($0, on: context.console) }
    let supervisor = supervisor(in: context, manager, analysis)
    let (requests, request) = AsyncStream.makeStream(of: SignalRequest.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      let (stops, stop) = AsyncStream.makeStream(of: Void.self)
      group.addTask {
        await SignalWatch.run(signals, on: context.console) { asked in
          request.yield(asked)
          if case .stop = asked { stop.yield() }
        }
      }
      group.addTask {
        for await _ in stops {
          try await Task.sleep(for: Self.stopTimeout)
          // A server that does not answer, a disk that hangs: nothing is lost by not waiting.
          context.console.note("what is under way does not end; it is read again next time.")
          ImmediateExit.end(.done)
        }
      }
      group.addTask { await analysis.run() }
      defer { group.cancelAll() }
      try await supervisor.run(orders, requests)
    }
    return .done
  }

  /// What arguments, environment and configuration ask for. Throws `usage`, `configuration`,
  /// `unknownTimeZone`; a settings file that can't be read is `usage`.
  func orders(in context: ToolContext) throws -> TailSupervisor.Orders {
    let settings = try TailSettings(typed, context.layers)
    // A zone that nobody knows is told before anything is stopped for it.
    for source in settings.sources { _ = try TimeZoneDatabase(zones: source.timezones) }
    var orders = TailSupervisor.Orders(
      settings: settings, databaseURL: context.layers.databaseURL(flag: global.databaseURL),
      dataDirectory: context.layers.dataDirectory)
    for source in settings.sources {
      guard let file = source.settingsFile else { continue }
      orders.serverSettings[source.name] = try SettingsFile.read(at: file)
    }
    return orders
  }

  private func supervisor(
    in context: ToolContext, _ manager: ServiceManager, _ analysis: AnalysisFollower
  ) -> TailSupervisor {
    let analyzes = analyze
    let console = context.console
    let slots = CatchUpSlots(1)
    let pulses = TailPulses()
    let heldMax = OpenFileLimit.raise()
    return TailSupervisor(
      console: console, reporter: TailReporter(console: console, manager: manager),
      manager: manager,
      read: {
        try orders(
          in: ToolContext(
            console: console, environment: context.environment, options: context.options))
      },
      prepare: { orders in
        try await StoreAccess(
          databaseURL: orders.databaseURL, dataDirectory: orders.dataDirectory,
          environment: context.environment, console: console
        ).prepared()
      },
      follow: { followed, end, notify in
        let source = followed.source
        var settings = ImportCommand.ingest(source, followed.conninfo)
        settings.serverSettings = followed.serverSettings
        if analyzes { settings.onCommit = { analysis.wake(followed.conninfo) } }
        let run = TailRun(
          settings: settings,
          flushInterval: followed.flushInterval, heldMax: heldMax, slots: slots,
          schemaCheck: StoreAccess.schemaCheck
        ) { notice in
          Self.tell(notice, of: source.name, on: console)
          notify(notice)
        }
        pulses.add(run.pulse, of: source.name)
        defer { pulses.remove(source.name) }
        try await run.run(source.paths.map { LogPath(argument: $0) }, until: end)
      }, isAlive: { pulses.areAlive })
  }

  private static func tell(_ notice: AnalysisFollower.Notice, on console: Console) {
    switch notice {
    case .analyzed(let summary): AnalyzeCommand.note(summary, on: console)
    case .failed(let problem):
      console.note("nothing is analyzed for now, what is logged is stored: \(problem)")
    case .recovered: console.note("what is stored is analyzed again")
    }
  }

  private static func tell(_ notice: TailNotice, of source: String, on console: Console) {
    let text =
      switch notice {
      case .started(let logs): "following \(logs) \(logs == 1 ? "log" : "logs")"
      case .looked: ""
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
    if !text.isEmpty { console.note("\(source): \(text)") }
  }
}
