/// A file that was found in a directory and is no csvlog: normal where other formats lie beside it.
public struct SkippedFile: Sendable, Equatable {
  /// Where it is.
  public var path: LogPath
  /// What it is instead.
  public var kind: InputProblem.Kind

  /// A skipped file.
  public init(path: LogPath, kind: InputProblem.Kind) {
    self.path = path
    self.kind = kind
  }
}

/// What the paths of a command line lead to.
public struct Discovery: Sendable, Equatable {
  /// Logs, each once, by the time of their first record, then by path; standard input last.
  public var inputs: [LogInput] = []
  /// What was named and cannot be read, or looks like a log and cannot be read.
  public var problems: [InputProblem] = []
  /// Files in directories that are no csvlog.
  public var skipped: [SkippedFile] = []
  /// Directories in which the files are, or may come to be.
  public var directories: Set<LogPath> = []

  /// Nothing found.
  public init() {}
}

/// Turns paths into logs: files, directories with all below them, patterns that no shell expanded,
/// and `-` for standard input. Logs are known by their content, names do not matter.
///
/// Works on its own thread, because disks can be slow; opening never waits for a pipe or device. One
/// that is asked again opens only what was written since.
public actor InputDiscovery {
  private nonisolated let executor = SerialQueueExecutor(label: "pgtrawl.discovery")
  /// The actor's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// What was found at the head of a file, as long as it is not written to.
  private struct KnownHead {
    var status: FileStatus
    var head: HeadReading
  }
  private var heads: [InputWalk.FileKey: KnownHead] = [:]

  /// A discovery.
  public init() {}

  /// The log at one path, as it is now; nil when there is none that can be read.
  public func log(at path: LogPath) -> LogInput? {
    if case .log(let input) = HeadReading.read(path) { input } else { nil }
  }

  /// Finds the logs that `paths` lead to. Throws only `cancelled`.
  public func find(_ paths: [LogPath]) throws(LogSourceError) -> Discovery {
    var walk = InputWalk()
    for path in paths { walk.add(path) }
    var result = Discovery()
    result.problems = walk.problems
    result.skipped = walk.skipped
    result.directories = walk.places
    var seen: Set<InputWalk.FileKey> = []
    var dealtWith: Set<InputWalk.FileKey> = []
    // What was named comes first: it is a problem where what was only found is not.
    for found in walk.files.filter(\.isNamed) + walk.files.filter({ !$0.isNamed })
    where seen.insert(found.key).inserted {
      if Task.isCancelled { throw LogSourceError(code: .cancelled, path: found.path) }
      let skippedBefore = result.skipped.count
      look(at: found, &result)
      if result.skipped.count == skippedBefore { dealtWith.insert(found.key) }
    }
    heads = heads.filter { seen.contains($0.key) }
    for path in walk.directories {
      let prefix = path.appending([]).bytes
      let holdsSomething = walk.files.contains {
        dealtWith.contains($0.key) && $0.path.bytes.starts(with: prefix)
      }
      guard !holdsSomething else { continue }
      func count(_ kind: InputProblem.Kind) -> Int {
        result.skipped.count { $0.kind == kind && $0.path.bytes.starts(with: prefix) }
      }
      let kind = InputProblem.Kind.noLogs(stderr: count(.stderrLog), json: count(.jsonLog))
      result.problems.append(InputProblem(path: path, kind: kind))
    }
    result.inputs.sort {
      switch ($0.firstTime, $1.firstTime) {
      case (let a?, let b?) where a != b: a < b
      case (.some, nil): true
      case (nil, .some): false
      default: $0.path < $1.path
      }
    }
    if walk.hasStandardInput { result.inputs.append(.standardInput) }
    result.problems.sort { $0.path < $1.path }
    result.skipped.sort { $0.path < $1.path }
    return result
  }

  /// Every directory in which the files that `paths` lead to are, or may come to be.
  public func directories(of paths: [LogPath]) -> Set<LogPath> {
    var walk = InputWalk()
    for path in paths { walk.add(path) }
    return walk.places
  }

  private func head(of found: InputWalk.Found) -> HeadReading {
    if let known = heads[found.key], known.status == found.status {
      guard case .log(var input) = known.head else { return known.head }
      input.path = found.path
      return .log(input)
    }
    let head = HeadReading.read(found.path)
    // What could not be read may be readable the next time.
    switch head {
    case .log, .problem(.stderrLog), .problem(.jsonLog), .problem(.notPostgreSQLLog):
      heads[found.key] = KnownHead(status: found.status, head: head)
    case .problem, .gone: heads[found.key] = nil
    }
    return head
  }

  private func look(at found: InputWalk.Found, _ result: inout Discovery) {
    switch head(of: found) {
    case .log(let input): result.inputs.append(input)
    case .gone:
      // Rotation renames and deletes; what was named must be there.
      if found.isNamed {
        result.problems.append(InputProblem(path: found.path, kind: .notFound))
      }
    case .problem(let kind):
      if found.isNamed || kind.concernsLogs {
        result.problems.append(InputProblem(path: found.path, kind: kind))
      } else {
        result.skipped.append(SkippedFile(path: found.path, kind: kind))
      }
    }
  }
}

extension InputProblem.Kind {
  /// Whether a log may hide behind it, so that passing over it would lose one.
  var concernsLogs: Bool {
    switch self {
    case .permissionDenied, .packed, .corruptGzip, .readFailed: true
    case .notFound, .danglingLink, .symlinkLoop, .emptyDirectory, .noLogs, .specialFile,
      .stderrLog, .jsonLog, .notPostgreSQLLog:
      false
    }
  }
}
