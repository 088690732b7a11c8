import QueryShape

/// What the configuration file says; nil where it says nothing.
struct Configuration: Equatable {
  /// Where it was read; nil without a file.
  var path: String?
  var databaseURL: String?
  /// Where the embedded store is.
  var dataDirectory: String?
  var format: OutputFormat?
  var jobs: Int?
  var isStrict: Bool?
  /// The source of `import` and `forget` where none is named.
  var source: String?
  var samples: SamplePolicy?
  var timezones: [String] = []
  var encoding: String?
  var settingsFile: String?
  /// Of `tail`.
  var flushInterval: Duration?
  var healthFile: String?
  /// Of `recommend`: the endpoint's base URL, the model's name, the file with the key.
  var modelURL: String?
  var model: String?
  var modelKeyFile: String?
  /// What `[sources.NAME]` says, by name.
  var sources: [String: Source] = [:]

  /// What is said of one source; nil where nothing is.
  struct Source: Equatable {
    /// What `import` reads when no path is named.
    var paths: [String] = []
    var timezones: [String] = []
    var encoding: String?
    var samples: SamplePolicy?
    var settingsFile: String?
  }

  /// The keys of the file's top.
  static let keys = [
    "data-directory", "database-url", "encoding", "flush-interval", "format", "health-file", "jobs",
    "model", "model-key-file", "model-url", "samples", "settings", "source", "sources", "strict",
    "timezone",
  ]
  /// The keys of `[sources.NAME]`.
  static let sourceKeys = ["encoding", "paths", "samples", "settings", "timezone"]
}
