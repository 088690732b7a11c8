internal import Glibc

/// Expands paths to files: walks directories, expands patterns, asks what kind of file each is.
struct InputWalk {
  struct FileKey: Hashable {
    var device: Int64
    var inode: Int64
  }

  struct Found {
    var path: LogPath
    var status: FileStatus
    /// Named on the command line, by itself or by a pattern.
    var isNamed: Bool

    var key: FileKey { FileKey(device: status.device, inode: status.inode) }
  }

  private(set) var files: [Found] = []
  private(set) var problems: [InputProblem] = []
  /// Entries of directories that are neither file nor directory.
  private(set) var skipped: [SkippedFile] = []
  /// Directories that were named and hold files.
  private(set) var directories: [LogPath] = []
  /// Every directory in which the paths' files are, or may come to be.
  private(set) var places: Set<LogPath> = []
  private(set) var hasStandardInput = false
  private var visited: Set<FileKey> = []

  /// Adds a path of the command line.
  mutating func add(_ path: LogPath) {
    if path.bytes == [UInt8(ascii: "-")] {
      hasStandardInput = true
      return
    }
    places.insert(path.absolute().parent)
    do throws(LogSourceError) {
      try addExisting(path, FileStatus.of(path))
    } catch {
      guard error.code == .notFound, !FileStatus.isLink(path) else {
        let kind = error.code == .notFound ? .danglingLink : error.problemKind
        problems.append(InputProblem(path: path, kind: kind))
        return
      }
      addPattern(path)
    }
  }

  private mutating func addExisting(_ path: LogPath, _ status: FileStatus) {
    switch status.kind {
    case .file: append(path, status, isNamed: true)
    case .special(let special):
      problems.append(InputProblem(path: path, kind: .specialFile(special)))
    case .directory: addDirectory(path, status)
    }
  }

  private mutating func addPattern(_ pattern: LogPath) {
    let matches = pattern.bytes.contains { "*?[".utf8.contains($0) } ? Self.glob(pattern) : []
    if matches.isEmpty { problems.append(InputProblem(path: pattern, kind: .notFound)) }
    for path in matches {
      do throws(LogSourceError) {
        try addExisting(path, FileStatus.of(path))
      } catch {
        let kind = error.code == .notFound ? .danglingLink : error.problemKind
        problems.append(InputProblem(path: path, kind: kind))
      }
    }
  }

  private static func glob(_ pattern: LogPath) -> [LogPath] {
    var found = glob_t()
    defer { globfree(&found) }
    guard pattern.withCString({ Glibc.glob($0, 0, nil, &found) }) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { LogPath(bytes: bytes($0)) }
    }
  }

  private mutating func addDirectory(_ top: LogPath, _ status: FileStatus) {
    var pending = [top]
    guard visited.insert(key(status)).inserted else { return }
    var isEmpty = true
    let problemsBefore = problems.count
    while let directory = pending.popLast() {
      places.insert(directory)
      guard let names = names(in: directory) else { continue }
      for name in names {
        isEmpty = false
        addEntry(directory.appending(name), &pending)
      }
    }
    if isEmpty, problems.count == problemsBefore {
      problems.append(InputProblem(path: top, kind: .emptyDirectory))
    } else if !isEmpty {
      directories.append(top)
    }
  }

  private mutating func addEntry(_ path: LogPath, _ pending: inout [LogPath]) {
    do throws(LogSourceError) {
      let status = try FileStatus.of(path)
      switch status.kind {
      case .file: append(path, status, isNamed: false)
      case .directory: if visited.insert(key(status)).inserted { pending.append(path) }
      case .special(let special):
        skipped.append(SkippedFile(path: path, kind: .specialFile(special)))
      }
    } catch {
      switch error.code {
      case .notFound:
        // Without a link there it was deleted or renamed since the directory was read.
        guard FileStatus.isLink(path) else { return }
        skipped.append(SkippedFile(path: path, kind: .danglingLink))
      case .symlinkLoop: skipped.append(SkippedFile(path: path, kind: .symlinkLoop))
      default: problems.append(InputProblem(path: path, kind: error.problemKind))
      }
    }
  }

  /// Names in a directory by bytes; nil, and a problem, when it cannot be read.
  private mutating func names(in directory: LogPath) -> [[UInt8]]? {
    guard let stream = directory.withCString({ opendir($0) }) else {
      let error = LogSourceError(errno: errno, path: directory)
      problems.append(InputProblem(path: directory, kind: error.problemKind))
      return nil
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { Self.bytes($0) }
      }
      if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
      errno = 0
    }
    if errno != 0 {
      problems.append(InputProblem(path: directory, kind: .readFailed(errno: errno)))
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private mutating func append(_ path: LogPath, _ status: FileStatus, isNamed: Bool) {
    files.append(Found(path: path, status: status, isNamed: isNamed))
  }

  private func key(_ status: FileStatus) -> FileKey {
    FileKey(device: status.device, inode: status.inode)
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    let count = strlen(text)
    return UnsafeBufferPointer(start: text, count: count).map { UInt8(bitPattern: $0) }
  }
}
