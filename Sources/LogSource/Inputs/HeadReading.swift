/// Opens a file and looks at its first bytes.
enum HeadReading: Equatable {
  case log(LogInput)
  case problem(InputProblem.Kind)
  /// It is no longer there.
  case gone

  static func read(_ path: LogPath) -> HeadReading {
    do throws(LogSourceError) {
      let source = try DecodedInput(path: path, rawCapacity: HeadContent.bytesMax)
      return try look(at: source, path)
    } catch {
      return error.code == .notFound ? .gone : .problem(error.problemKind)
    }
  }

  private static func look(
    at source: DecodedInput, _ path: LogPath
  ) throws(LogSourceError) -> HeadReading {
    var head: [UInt8] = []
    while head.count < HeadContent.bytesMax {
      let bytes = try source.read(upTo: HeadContent.bytesMax - head.count)
      if bytes.isEmpty { break }
      head += bytes
    }
    if case .corruptGzip = source.end, head.isEmpty { return .problem(.corruptGzip) }
    if source.form == .plain, head.allSatisfy({ $0 == 0 }), let data = source.firstDataOffset() {
      // A hole at the start: the log was cut while its writer went on at the old offset.
      head = try source.plainBytes(at: data, count: HeadContent.bytesMax)
    }
    var input = LogInput(
      path: path, form: source.form, storedBytes: source.status.size, firstTime: nil)
    input.device = source.status.device
    input.inode = source.status.inode
    input.modifiedAt = source.status.modifiedAt
    switch HeadContent.of(head, isInner: source.form == .gzip) {
    case .csvlog(let time): input.firstTime = time
    case .young: break
    case .problem(let kind):
      // Damaged from its start on: what came out of it is nothing.
      if case .corruptGzip = source.end { return .problem(.corruptGzip) }
      return .problem(kind)
    }
    return .log(input)
  }
}

extension LogSourceError {
  /// The error as a property of an input.
  var problemKind: InputProblem.Kind {
    switch code {
    case .notFound: .notFound
    case .permissionDenied: .permissionDenied
    case .symlinkLoop: .symlinkLoop
    case .unusable(let kind): kind
    default: .readFailed(errno: errno ?? 0)
    }
  }
}
