import ArgumentParser
import LanguageModel
import LogStore
import Migrations
import Postgres

/// `pgtrawl recommend`
struct RecommendCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend",
    abstract: "Asks a language model what to do about what was found.",
    discussion: """
      Off unless an endpoint and a model are named; nothing else needs it. Any OpenAI-compatible chat \
      endpoint will do. The model is told the normalized text of a query, a plan without constants, and the \
      findings of 'pgtrawl analyze' with their figures. Its answer is checked: names it was not told, \
      statements but CREATE INDEX, ANALYZE and VACUUM, or another form, and it is rejected. The severity is \
      that of the findings; its confidence can only be lowered. Queries are asked again when what is told of \
      them, the words or the model change.

        pgtrawl recommend --model-url http://127.0.0.1:11434/v1 --model llama3.1 --dry-run
        pgtrawl recommend --model-url http://127.0.0.1:11434/v1 --model llama3.1
        pgtrawl recommend --versions 1f0c6a2b9d3e4f50
        pgtrawl report recommendations

      A key comes from PGTRAWL_MODEL_KEY or --model-key-file. Exit codes: 0 done, 5 some answers were \
      rejected, 75 the endpoint can't be reached.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "Base URL of the endpoint (also PGTRAWL_MODEL_URL).",
      discussion: "Requests go to its /chat/completions.", valueName: "url"))
  var modelURL: String?

  @Option(help: ArgumentHelp("The model's name (also PGTRAWL_MODEL).", valueName: "name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The file with the endpoint's key (also PGTRAWL_MODEL_KEY_FILE, or the key in PGTRAWL_MODEL_KEY).",
      valueName: "file"), completion: .file())
  var modelKeyFile: String?

  @Option(help: ArgumentHelp("Only this source.", valueName: "name"))
  var source: String?

  @Option(help: ArgumentHelp("Only this query.", valueName: "id"))
  var query: String?

  @Option(help: ArgumentHelp("Requests a run at most, 1 to 10000.", valueName: "n"))
  var maxCalls = 20

  @Option(help: ArgumentHelp("Tokens a run at most, with those of the answers.", valueName: "n"))
  var maxTokens = 200_000

  @Option(help: ArgumentHelp("Requests at a time, 1 to 16.", valueName: "n"))
  var concurrency = 2

  @Option(help: ArgumentHelp("How long one request may take, 100ms to 600s.", valueName: "time"))
  var timeout = "60s"

  @Flag(help: "Print the requests as they would be sent, but for the key, and send none.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Show all versions of what models recommend for this query, and what differs; ask nothing.",
      valueName: "id"))
  var versions: String?

  func validate() throws {
    guard 1...10_000 ~= maxCalls else {
      throw ValidationError("--max-calls: \(maxCalls) is no number from 1 to 10000.")
    }
    guard 1...1_000_000_000 ~= maxTokens else {
      throw ValidationError("--max-tokens: \(maxTokens) is no number from 1 to 1000000000.")
    }
    guard 1...16 ~= concurrency else {
      throw ValidationError("--concurrency: \(concurrency) is no number from 1 to 16.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    if let versions {
      let store = try await store(in: context, isReading: true)
      let document = ModelVersionsTable.document(
        try await store.modelVersions(of: try Self.id("--versions", versions), source: source))
      await store.close()
      context.console.write(document, as: format)
      return .done
    }
    let (endpoint, key) = try ModelSettings(layers: context.layers).endpoint(
      url: modelURL, model: model, keyFile: modelKeyFile)
    guard
      let timeout = try DurationArgument.read(
        "--timeout", timeout, in: .milliseconds(100)...Duration.seconds(600))
    else { return .usage }
    let store = try await store(in: context, isReading: dryRun)
    let run = RecommendRun(
      store: store, endpoint: endpoint, source: source,
      query: try query.map { try Self.id("--query", $0) }, console: context.console)
    defer { context.console.clearProgress() }
    if dryRun {
      let open = try await run.questions()
      for one in open.prefix(maxCalls) { context.console.write(endpoint.request(one.question)) }
      context.console.note("\(open.count) queries to ask about; nothing was sent.")
      await store.close()
      return .done
    }
    guard try await store.lockRecommending() else {
      throw ToolError(
        .locked, "recommend", "another run asks about this store already",
        next: "Run it again when that has ended")
    }
    let client = ChatClient(endpoint, timeout: timeout)
    let report: RecommendReport
    do {
      report = try await run.ask(
        Consultation(
          model: endpoint.model, secret: key, transport: client,
          budget: RunBudget(callsMax: maxCalls, tokensMax: maxTokens)), concurrency: concurrency)
    } catch {
      await client.close()
      await store.close()
      throw error
    }
    await client.close()
    await store.close()
    for note in report.notes(url: endpoint.url) { context.console.note(note) }
    context.console.write(report.document, as: format)
    return report.status
  }

  private static func id(_ name: String, _ text: String) throws(ToolError) -> Int64 {
    guard let id = PublicID.query(text) else {
      throw ToolError(
        .usage, name, "'\(text)' is no id of a query", next: "It has up to 16 hex digits")
    }
    return id
  }

  /// A store whose intelligence layer is there. Who only reads changes no schema.
  private func store(in context: ToolContext, isReading: Bool) async throws -> Store {
    let conninfo = try await context.store.existing()
    try await context.store.withReports { reports in
      try await AnalysisCheck.exists(reports)
      guard try await reports.hasRecommendations() else {
        throw ToolError(
          .missing, "the recommendations", "the store has no intelligence layer",
          next: "Run 'pgtrawl migrate up --layer intelligence', then 'pgtrawl analyze'")
      }
    }
    return Store(conninfo: conninfo) { connection in
      let migrator = Migrator(connection: connection)
      do {
        try await migrator.requireCurrent(through: .intelligence)
      } catch let error as MigrationError {
        guard case .olderSchema = error.code, !isReading else { throw error }
        try await migrator.up(through: .intelligence)
      }
    }
  }
}
