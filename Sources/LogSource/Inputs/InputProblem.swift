/// Something that was named, or found where logs are, and cannot be imported.
public struct InputProblem: Sendable, Equatable {
  /// What is wrong.
  public enum Kind: Sendable, Equatable {
    /// The path names nothing, or no file fits the pattern.
    case notFound
    /// A symbolic link to nothing.
    case danglingLink
    /// Symbolic links that lead in a circle.
    case symlinkLoop
    /// The system refuses to open it.
    case permissionDenied
    /// A directory without any file.
    case emptyDirectory
    /// A directory that holds files, none of them a csvlog; how many are logs of other formats.
    case noLogs(stderr: Int, json: Int)
    /// Neither file nor directory.
    case specialFile(SpecialFile)
    /// A log of PostgreSQL in the format of stderr.
    case stderrLog
    /// A log of PostgreSQL as JSON.
    case jsonLog
    /// Packed in a way that is not read directly.
    case packed(Packing)
    /// gzip whose first bytes are damaged.
    case corruptGzip
    /// Nothing that PostgreSQL writes.
    case notPostgreSQLLog
    /// The system failed to read it.
    case readFailed(errno: Int32)
  }

  /// Kinds of files that are neither file nor directory.
  public enum SpecialFile: String, Sendable, Equatable {
    case fifo = "named pipe"
    case socket = "socket"
    case characterDevice = "character device"
    case blockDevice = "block device"
  }

  /// Compressions and archives that are known by their first bytes.
  public enum Packing: String, Sendable, Equatable, CaseIterable {
    case xz, zstd, bzip2, lz4, compress, zip, tar
    case gzippedTar = "tar.gz"
  }

  /// The path; `-` for standard input.
  public var path: LogPath
  /// What is wrong with it.
  public var kind: Kind

  /// A problem.
  public init(path: LogPath, kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

extension InputProblem: CustomStringConvertible {
  /// For the user: the cause and the next step.
  public var explanation: String { kind.explanation(path: path) }

  /// For the user: the thing, the cause, the next step.
  public var description: String { "\(path.escaped): \(kind.explanation(path: path))" }
}

extension InputProblem.Kind {
  /// Cause and next step.
  func explanation(path: LogPath) -> String {
    switch self {
    case .notFound: "no such file or directory; check its name, and quote patterns"
    case .danglingLink: "a symbolic link to a file that does not exist"
    case .symlinkLoop: "its symbolic links lead in a circle"
    case .permissionDenied:
      "permission denied; run as a user who may read it (often: postgres, or group adm)"
    case .emptyDirectory: "the directory is empty; name the log_directory of the server"
    case .noLogs(let stderr, let json):
      "no csvlog of PostgreSQL in this directory\(Self.others(stderr, json));"
        + " add csvlog to log_destination of the server that writes here, reload it, and import the"
        + " .csv files that it writes from then on"
    case .specialFile(let special):
      "a \(special.rawValue), not a file; to read a stream: … | pgtrawl import -"
    case .stderrLog:
      "a PostgreSQL log in stderr format, only csvlog is read;"
        + " add csvlog to log_destination and import the .csv files"
    case .jsonLog:
      "a PostgreSQL log in jsonlog format, only csvlog is read;"
        + " add csvlog to log_destination and import the .csv files"
    case .packed(let packing):
      "packed by \(packing.rawValue); unpack it: \(packing.command(path: path))"
    case .corruptGzip: "damaged gzip data from its first bytes on; copy it again from its origin"
    case .notPostgreSQLLog:
      "not a PostgreSQL csvlog; name files that log_destination = csvlog made"
    case .readFailed(let number): "cannot be read (system error \(number))"
    }
  }
}

extension InputProblem.Kind {
  /// What lies in a directory in place of csvlogs.
  private static func others(_ stderr: Int, _ json: Int) -> String {
    let found = [(stderr, "stderr"), (json, "jsonlog")].filter { $0.0 > 0 }.map { count, format in
      "\(count) \(count == 1 ? "log" : "logs") in \(format) format"
    }
    return found.isEmpty ? "" : ", but \(found.joined(separator: " and ")), which are not read"
  }
}

extension InputProblem.Packing {
  /// The command that reads `path` into `pgtrawl import -`.
  public func command(path: LogPath) -> String {
    // A word that begins with a dash would be taken for an option.
    let isStream = path.bytes == [UInt8(ascii: "-")]
    let word =
      path.bytes.first == UInt8(ascii: "-") && !isStream
      ? LogPath(bytes: Array("./".utf8) + path.bytes).shellWord : path.shellWord
    let file = isStream ? "" : " \(word)"
    let unpack =
      switch self {
      case .xz: "xz -dc\(file)"
      case .zstd: "zstd -dc\(file)"
      case .bzip2: "bzip2 -dc\(file)"
      case .lz4: "lz4 -dc\(file)"
      case .compress: "gzip -dc\(file)"
      case .zip: isStream ? "bsdtar -xOf -" : "unzip -p\(file)"
      case .tar: isStream ? "tar -xOf -" : "tar -xOf\(file)"
      case .gzippedTar: isStream ? "tar -xzOf -" : "tar -xzOf\(file)"
      }
    return "\(isStream ? "… | " : "")\(unpack) | pgtrawl import -"
  }
}
