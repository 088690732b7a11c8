import ArgumentParser
import LogStore
import Migrations
import Postgres

/// `pgtrawl migrate …`
struct MigrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Brings the store's schema up or down.",
    discussion: """
      'import' brings the core layer up by itself, 'analyze' and 'nightly' the analysis, with the \
      recommendations where both are new. 'up' brings all of them: also recommendations to a store that \
      was analyzed before they were there, or that they were taken from. The next analysis fills them.

        pgtrawl migrate status
        pgtrawl migrate up
        pgtrawl migrate down --layer core --to 4
      """,
    subcommands: [MigrateUp.self, MigrateDown.self, MigrateStatus.self])
}

/// `pgtrawl migrate up`
struct MigrateUp: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Applies the migrations that are pending.",
    discussion: """
        pgtrawl migrate up
        pgtrawl migrate up --layer core
      """)

  @OptionGroup var global: GlobalOptions

  @Option(help: "Up to this layer: core, analysis or intelligence (default: all).")
  var layer: MigrationLayer?

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.store.withConnection { connection in
      try await Store.requireServer(connection)
      let applied = try await Migrator(connection: connection)
        .up(through: layer ?? .intelligence)
      for migration in applied { context.console.note("\(migration.title): applied.") }
      if applied.isEmpty { context.console.note("the schema is up to date.") }
    }
    return .done
  }
}

/// `pgtrawl migrate down`
struct MigrateDown: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Undoes a layer and those that stand on it.",
    discussion: """
      What the layer holds is lost. Of the core layer that is everything that was imported, so it \
      has to be named with --layer core --yes.

        pgtrawl migrate down --layer analysis
        pgtrawl migrate down --layer core --to 2
      """)

  @OptionGroup var global: GlobalOptions

  @Option(help: "The layer: core, analysis or intelligence.")
  var layer: MigrationLayer

  @Option(help: ArgumentHelp("The last migration that stays; 0 undoes all.", valueName: "number"))
  var to = 0

  @Flag(help: "Really undo the whole core layer, with everything that was imported.")
  var yes = false

  func validate() throws {
    guard to >= 0 else { throw ValidationError("--to: \(to) is no migration's number.") }
    guard layer != .core || to > 0 || yes else {
      throw ValidationError(
        "--layer core: this removes everything that was imported. Add --yes to do it.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.store.withConnection { connection in
      let undone = try await Migrator(connection: connection).down(layer: layer, number: to)
      for migration in undone { context.console.note("\(migration.title): undone.") }
      if undone.isEmpty { context.console.note("there was nothing to undo.") }
    }
    return .done
  }
}

/// `pgtrawl migrate status`
struct MigrateStatus: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Lists the migrations of program and store.",
    discussion: """
        pgtrawl migrate status
        pgtrawl migrate status --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    try await context.store.withConnection { connection in
      let status = try await Migrator(connection: connection).status()
      var document = Document()
      document.add(
        table: [
          .init("layer"), .init("number"), .init("name"), .init("state"),
          .init("applied_at", "applied"),
        ],
        status.map {
          [
            .text($0.layer), .count(Int64($0.number)), .text($0.name), .text(Self.word($0.state)),
            .maybe($0.appliedAt),
          ]
        })
      context.console.write(document, as: format)
    }
    return .done
  }

  static func word(_ state: MigrationStatus.State) -> String {
    switch state {
    case .pending: "pending"
    case .applied: "applied"
    case .changed: "changed"
    case .unknown: "unknown"
    }
  }
}
