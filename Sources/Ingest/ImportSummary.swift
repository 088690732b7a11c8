public import LogModel
public import LogSource

/// What became of one input.
public struct FileOutcome: Sendable {
  /// How it ended.
  public enum Result: Sendable {
    /// Bytes were read; everything up to the end, or to where `problem` says.
    case imported
    /// Everything in it was in the store already.
    case nothingNew
    /// A copy, another name or the gzip of a file that is in the store.
    case alias
    /// The beginning of a file of which more is in the store.
    case shorter
    /// It has no byte yet.
    case empty
    /// It was not read; `problem` says why.
    case failed
  }

  /// Where it is.
  public var path: LogPath
  /// How it ended.
  public var result: Result
  /// `log_files.id`; nil when it was not registered.
  public var file: Int64?
  /// Decompressed bytes decided about in this run.
  public var bytes: Int64 = 0
  /// What became of the records in this run.
  public var dispositions = Dispositions()
  /// Rows that the server refused and that stand in `rejected_records`.
  public var refusedRows = 0
  /// Records that were read in this run and are in another language than English.
  public var translated = 0
  /// Bytes of a last record that is not complete yet.
  public var pendingBytes = 0
  /// Offset up to which it was read: what the store has, and the bytes of a last record that is not
  /// complete.
  var readTo: Int64 = 0
  /// It was cut or overwritten while it was read.
  var isChanged = false
  /// It turned out to be another file than it was taken for: to be identified anew.
  var isMistaken: Bool { isChanged && bytes == 0 }
  /// What was done besides, for the user; nil = nothing.
  public var note: String?
  /// What was wrong with it, for the user; nil = nothing.
  public var problem: String?
  /// The abbreviation of a time zone at which reading stopped; nil = none did.
  public var unreadableZone: String?

  /// An outcome.
  public init(path: LogPath, result: Result, file: Int64? = nil, problem: String? = nil) {
    self.path = path
    self.result = result
    self.file = file
    self.problem = problem
  }

  /// Whether it counts as an input that could not be read, or not to its end.
  public var isUnreadable: Bool { problem != nil }
}

/// What a run came to.
public struct ImportSummary: Sendable {
  /// One for each input, in the order they were read.
  public var files: [FileOutcome] = []
  /// What was named and is no log that can be read.
  public var problems: [InputProblem] = []
  /// Files in directories that are no csvlog: normal beside logs of other formats.
  public var skipped: [SkippedFile] = []
  /// Figures of a dry run.
  public var figures: FigureTally?

  /// An empty summary.
  public init() {}

  /// Sum over the files.
  public var dispositions: Dispositions {
    files.reduce(into: Dispositions()) { $0.add($1.dispositions) }
  }
  /// Sum over the files.
  public var bytes: Int64 { files.reduce(0) { $0 + $1.bytes } }
  /// Records in another language than English: what statements they tell of can't be read.
  public var translated: Int64 { files.reduce(0) { $0 + Int64($1.translated) } }
  /// Inputs that could not be read, or not to their end.
  public var unreadable: Int { problems.count + files.count { $0.isUnreadable } }
  /// Inputs of which something could be read, or that held nothing new.
  public var readable: Int {
    files.count {
      if case .failed = $0.result { return false }
      return true
    }
  }
  /// Rejected ranges and refused rows.
  public var rejected: Int64 {
    dispositions.rejectedRecords + Int64(files.reduce(0) { $0 + $1.refusedRows })
  }
}
