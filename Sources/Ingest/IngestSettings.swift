public import LogParsing
public import LogStore
public import QueryShape
internal import SQLText

/// What an import is told, resolved from flags, environment and configuration.
public struct IngestSettings: Sendable {
  /// Connection string of the store; nil for a dry run.
  public var conninfo: String?
  /// Name of the source that the logs belong to.
  public var source = "default"
  /// Zones by whose rules abbreviations are read, most wanted first.
  public var timezones: [String] = []
  /// What bytes are read in that are no UTF-8.
  public var encoding = FallbackEncoding.latin1
  /// What of the statements is kept.
  public var samples = SamplePolicy.raw
  /// Files read at the same time, at least 1.
  public var jobs = 1
  /// Forget what came from the files before, then read them.
  public var again = false
  /// Read files whose content another source has already.
  public var force = false
  /// What a file says of the settings of the server that wrote the logs; a tail notes it as it begins.
  public var serverSettings: [ServerSetting] = []
  /// How a record is tried at which several runs ended; nil = none is.
  public var trial: (any RecordTrial)?

  /// Called after each commit, from whichever task made it; must not wait.
  public var onCommit: (@Sendable () -> Void)?

  /// What is stored of the bytes of rejects beside their length and hash.
  var rejectedBytes: RejectedBytes {
    samples == .raw ? .rewritten { CredentialScrubber.scrub($0) } : .none
  }

  /// The defaults.
  public init() {}
}
