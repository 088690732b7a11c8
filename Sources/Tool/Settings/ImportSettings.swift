import LogParsing
import QueryShape

/// What an import does, everything decided.
struct ImportSettings: Equatable {
  /// One source with its inputs.
  struct Source: Equatable {
    var name: String
    /// Files, directories, globs, `-`.
    var paths: [String]
    /// Zones by whose rules abbreviations in the log are read.
    var timezones: [String]
    /// How bytes are read that are no UTF-8.
    var encoding: FallbackEncoding
    var samples: SamplePolicy
    /// A CSV of pg_settings.
    var settingsFile: String?
  }

  var sources: [Source]
  /// Files that are read at once.
  var jobs: Int
  /// Forget what came from the files, then read them anew.
  var isAgain: Bool
  /// Also content that another source has.
  var isForced: Bool
  /// Read and count only; no store is needed.
  var isDryRun: Bool
  /// Rejected records are exit code 3.
  var isStrict: Bool

  static let defaultSource = "default"
  /// Files that can be read at once.
  static let jobsRange = 1...64

  /// Decides what `typed` leaves open by environment and configuration.
  ///
  /// Without paths the sources of the configuration are read, the one that is named or all. Throws
  /// `usage`.
  init(_ typed: LowImportArguments, _ layers: Layers) throws(ToolError) {
    let configuration = layers.configuration
    let named = typed.source ?? layers.variable("SOURCE")
    let samples: SamplePolicy? = try layers.choice("SAMPLES")
    let zones = layers.variable("TIMEZONE")?.split(separator: ",").map(String.init) ?? []

    func source(_ name: String, _ paths: [String]) throws(ToolError) -> Source {
      guard !name.isEmpty, name.utf8.count <= 200, !name.utf8.contains(0) else {
        throw ToolError(
          .usage, "--source", "a name has 1 to 200 bytes", next: "Give the server a short name")
      }
      let own = configuration.sources[name] ?? Configuration.Source()
      let candidates = [typed.timezones, zones, own.timezones, configuration.timezones]
      return Source(
        name: name, paths: paths, timezones: candidates.first { !$0.isEmpty } ?? [],
        encoding: try Self.encoding(
          typed.encoding ?? layers.variable("ENCODING") ?? own.encoding ?? configuration.encoding),
        samples: typed.samples ?? samples ?? own.samples ?? configuration.samples ?? .raw,
        settingsFile: typed.settingsFile ?? layers.variable("SETTINGS") ?? own.settingsFile
          ?? configuration.settingsFile)
    }

    if typed.paths.isEmpty {
      let names = named.map { [$0] } ?? configuration.sources.keys.sorted()
      sources = []
      for name in names {
        let paths = configuration.sources[name]?.paths ?? []
        if !paths.isEmpty { sources.append(try source(name, paths)) }
      }
      guard !sources.isEmpty else { throw Self.nothingToRead(named, configuration) }
    } else {
      let name = named ?? configuration.source ?? Self.defaultSource
      sources = [try source(name, typed.paths)]
    }
    if let jobs = typed.jobs, !(Self.jobsRange ~= jobs) {
      throw ToolError(
        .usage, "--jobs", "\(jobs) is no number from 1 to 64", next: "Name how many files at once")
    }
    let variableJobs = try layers.number("JOBS", in: Self.jobsRange)
    let isStrict = try layers.flag("STRICT")
    jobs =
      typed.jobs ?? variableJobs ?? configuration.jobs ?? 1
    isAgain = typed.isAgain
    isForced = typed.isForced
    isDryRun = typed.isDryRun
    self.isStrict = typed.isStrict || isStrict ?? configuration.isStrict ?? false
    guard !(isAgain && isDryRun) else {
      throw ToolError(
        .usage, "--again", "it changes the store, --dry-run does not", next: "Leave one of them out"
      )
    }
  }

  private static func encoding(_ name: String?) throws(ToolError) -> FallbackEncoding {
    guard let name else { return .latin1 }
    guard let encoding = FallbackEncoding(name: name) else {
      let known = FallbackEncoding.allCases.map(\.rawValue).joined(separator: ", ")
      throw ToolError(
        .usage, "--encoding \(name)", "bytes that are no UTF-8 can't be read in it",
        next: "Known are: \(known)")
    }
    return encoding
  }

  private static func nothingToRead(_ named: String?, _ configuration: Configuration) -> ToolError {
    let next = "Name files or directories, or set paths under [sources.NAME] in pgtrawl.toml"
    guard let named, configuration.path != nil, configuration.sources[named] == nil else {
      return ToolError(.usage, "PATH", "there is nothing to read", next: next)
    }
    let known = Array(configuration.sources.keys)
    return ToolError(
      .usage, "--source \(named)", "the configuration has no such source",
      next: NearestName.of(named, in: known).map { "Did you mean '\($0)'?" } ?? next)
  }
}
