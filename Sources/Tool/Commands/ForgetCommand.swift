import ArgumentParser
import LogSource
import LogStore

/// `pgtrawl forget`
struct ForgetCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget", abstract: "Removes what came from a source or from files.",
    discussion: """
      Rows, links, rejects and what they added to totals go; log files themselves are not touched. \
      Safe to kill: run it again to finish.

        pgtrawl forget /var/log/postgresql/postgresql-2026-03-01.csv
        pgtrawl forget --source staging
        pgtrawl forget --source prod-1 wrong.csv
      """)

  @OptionGroup var global: GlobalOptions

  @Option(help: ArgumentHelp("The source; without FILE all of it.", valueName: "name"))
  var source: String?

  @Argument(help: "Files as 'pgtrawl status' names them, by path or id.")
  var file: [String] = []

  func validate() throws {
    guard source != nil || !file.isEmpty else {
      throw ValidationError("forget: name what, as --source NAME or FILE.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let conninfo = try await context.store.existing()
    let chosen = try await context.store.withReports { reports in
      try await SourceCheck.exists(source, reports)
      return try Self.chosen(
        file,
        among: try await reports.files(ofSource: source).map {
          Candidate(id: $0.id, path: $0.path)
        })
    }
    let store = Store(conninfo: conninfo, schemaCheck: StoreAccess.schemaCheck)
    if let source, file.isEmpty {
      let rows = try await store.forget(source: source) ?? 0
      context.console.note("source \(source): forgotten, \(rows) rows removed.")
    }
    for one in chosen {
      let rows = try await store.forget(file: one.id) ?? 0
      context.console.note("\(one.path): forgotten, \(rows) rows removed.")
    }
    await store.close()
    return .done
  }

  /// A file in the store.
  struct Candidate: Equatable {
    /// `log_files.id`
    var id: Int64
    /// Where it was last seen, escaped.
    var path: String
  }

  /// The files that `names` name: by path, by the end of a path that only one has, or by number.
  static func chosen(
    _ names: [String], among files: [Candidate]
  ) throws(ToolError) -> [Candidate] {
    var chosen: [Candidate] = []
    for name in names {
      let escaped = LogPath(name).escaped
      var found = files.filter { $0.path == escaped || $0.path == name }
      if found.isEmpty { found = files.filter { $0.path.hasSuffix("/" + escaped) } }
      if found.isEmpty { found = files.filter { String($0.id) == name } }
      guard let first = found.first else {
        throw ToolError(
          .missing, escaped, "nothing in the store came from such a file",
          next: "See 'pgtrawl status' for the names")
      }
      guard found.count == 1 else {
        let ids = found.map { String($0.id) }.joined(separator: ", ")
        throw ToolError(
          .usage, escaped, "\(found.count) files in the store are called so",
          next: "Name one by its number: \(ids)")
      }
      if !chosen.contains(first) { chosen.append(first) }
    }
    return chosen
  }
}
