internal import Gzip

/// The decompressed bytes of one open file or stream, in order, with the way back to its start.
///
/// A plain file is read up to the size that it has when that point is first reached, so that a log
/// which grows as fast as it is read has an end. Before each piece the bytes that were read last
/// are read again: a file that was cut and has grown anew is noticed, never spliced.
final class DecodedInput {
  /// The most of a stream's content that is kept to read it again from its start.
  static let replayBytesMax = 64 << 20
  /// How many bytes before the position are compared at each read.
  static let lookbackBytes = 4096
  /// Stored bytes that are read at once. Each opening of a gzip file inflates from one such piece.
  private static let rawChunkBytes = 64 << 10
  private static let streamChunkBytes = 256 << 10

  let form: LogForm
  let status: FileStatus
  /// Whether it is a file, which can be read from anywhere; else it is a stream.
  let isFile: Bool
  /// Offset of the next byte in the decompressed stream.
  var position: Int64 = 0
  /// Why there is no next byte; nil while there may be one.
  var end: InputEnd? { replayed < recorded.count ? nil : sourceEnd }

  let file: OpenFile
  var sourceEnd: InputEnd?
  var inflater: Inflater?
  var rawPosition: Int64 = 0
  private var rawLimit: Int64
  var isLimitFinal = false
  var raw: [UInt8] = []
  var rawUsed = 0
  private let rawCapacity: Int
  private var lookback: [UInt8] = []

  private var recorded: [UInt8] = []
  private var isRecording: Bool
  private var isReplayLost = false
  private var replayed = 0

  /// Opens a regular file.
  convenience init(path: LogPath, rawCapacity: Int = rawChunkBytes) throws(LogSourceError) {
    try self.init(OpenFile(path), isStream: false, rawCapacity: rawCapacity)
  }

  /// Takes standard input: a file when it was redirected from the start of one, else a stream.
  static func standardInput() throws(LogSourceError) -> DecodedInput {
    let file = OpenFile.standardInput()
    let isFile = try file.status().kind == .file && file.isAtStart
    return try DecodedInput(file, isStream: !isFile, rawCapacity: streamChunkBytes)
  }

  init(
    _ file: consuming OpenFile, isStream: Bool, rawCapacity: Int = rawChunkBytes
  ) throws(LogSourceError) {
    status = try file.status()
    isFile = !isStream
    if !isStream, status.kind != .file {
      throw LogSourceError(code: .unusable(Self.problem(status.kind)), path: file.path)
    }
    rawLimit = status.size
    self.rawCapacity = rawCapacity
    isRecording = isStream
    if isStream {
      raw = try [UInt8](unsafeUninitializedCapacity: rawCapacity) {
        buffer, filled throws(LogSourceError) in
        // One byte alone does not tell gzip from a log.
        while filled < 2 {
          let rest = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
          let count = try file.readStream(rest)
          if count == 0 { break }
          filled += count
        }
      }
      form = HeadContent.isGzip(raw) ? .gzip : .plain
    } else {
      form = HeadContent.isGzip(try file.bytes(at: 0, count: 2)) ? .gzip : .plain
    }
    inflater = form == .gzip ? try Self.makeInflater(file.path) : nil
    self.file = file
  }

  var path: LogPath { file.path }

  /// The last bytes of the file as stored.
  func storedTail(count: Int) throws(LogSourceError) -> [UInt8] {
    try file.bytes(at: max(0, status.size - Int64(count)), count: count)
  }

  /// Bytes of a plain file from anywhere, without moving; fewer only at its end.
  func plainBytes(at offset: Int64, count: Int) throws(LogSourceError) -> [UInt8] {
    try file.bytes(at: offset, count: count)
  }

  /// The open file as it is now.
  func statusNow() throws(LogSourceError) -> FileStatus { try file.status() }

  /// Offset of a plain file's first byte that is no hole.
  func firstDataOffset() -> Int64? { file.dataOffset(from: 0) }

  func willReadOnce() { if isFile { file.willReadOnce() } }

  /// The next 1…`count` bytes; nothing at the end, and then `end` says why.
  func read(upTo count: Int) throws(LogSourceError) -> [UInt8] {
    if replayed < recorded.count {
      let next = min(replayed + count, recorded.count)
      let bytes = Array(recorded[replayed..<next])
      replayed = next
      position += Int64(bytes.count)
      if !isRecording, replayed == recorded.count { forgetRecorded() }
      return bytes
    }
    guard sourceEnd == nil else { return [] }
    let bytes =
      switch form {
      case .plain where isFile: try readFile(count)
      case .plain: try readStream(count)
      case .gzip: try readGzip(count)
      }
    position += Int64(bytes.count)
    record(bytes)
    return bytes
  }

  /// Goes back to the first byte. Of a stream only as long as all that was read is at hand.
  func rewind() throws(LogSourceError) {
    guard position > 0 else { return }
    if isFile {
      position = 0
      rawPosition = 0
      rawUsed = 0
      raw = []
      lookback = []
      sourceEnd = nil
      isLimitFinal = false
      if form == .gzip { inflater = try Self.makeInflater(file.path) }
    } else {
      guard !isReplayLost else {
        throw LogSourceError(code: .notRewindable, path: path, offset: position)
      }
      position = 0
      replayed = 0
    }
  }

  /// Goes to an offset of a plain file; `anchor` are the bytes before it, which have to be there
  /// when reading goes on.
  func seek(to offset: Int64, anchor: [UInt8]) {
    precondition(isFile && form == .plain, "only plain files can be read from anywhere")
    position = offset
    lookback = anchor
    sourceEnd = nil
    isLimitFinal = false
  }

  /// From here on a stream will not be rewound: nothing more is kept.
  func stopRecording() {
    isRecording = false
    if replayed == recorded.count { forgetRecorded() }
  }

  private func forgetRecorded() {
    recorded = []
    replayed = 0
    isReplayLost = true
  }

  private func record(_ bytes: [UInt8]) {
    guard isRecording, !isReplayLost else { return }
    guard recorded.count + bytes.count <= Self.replayBytesMax else { return forgetRecorded() }
    recorded += bytes
    replayed = recorded.count
  }

  private static func makeInflater(_ path: LogPath) throws(LogSourceError) -> Inflater {
    do throws(GzipError) { return try Inflater() } catch {
      throw LogSourceError(code: .outOfMemory, path: path)
    }
  }

  private static func problem(_ kind: FileStatus.Kind) -> InputProblem.Kind {
    switch kind {
    case .special(let special): .specialFile(special)
    case .file, .directory: .notPostgreSQLLog
    }
  }
}

extension DecodedInput {
  /// How many more bytes of the file may be read, at most `count`.
  private func allowance(_ count: Int, at offset: Int64) throws(LogSourceError) -> Int {
    if offset >= rawLimit, !isLimitFinal {
      rawLimit = try file.status().size
      isLimitFinal = true
    }
    return Int(min(Int64(count), max(0, rawLimit - offset)))
  }

  private func readFile(_ count: Int) throws(LogSourceError) -> [UInt8] {
    let allowed = try allowance(count, at: position)
    let again = try file.bytes(at: position - Int64(lookback.count), count: lookback.count)
    guard again == lookback else {
      throw LogSourceError(code: .contentChanged, path: path, offset: position)
    }
    let bytes = try file.bytes(at: position, count: allowed)
    if bytes.isEmpty {
      guard try file.status().size >= position else {
        throw LogSourceError(code: .contentChanged, path: path, offset: position)
      }
      sourceEnd = .mayGrow
    } else if bytes.count >= Self.lookbackBytes {
      lookback = Array(bytes.suffix(Self.lookbackBytes))
    } else {
      lookback = (lookback + bytes).suffix(Self.lookbackBytes)
    }
    return bytes
  }

  private func readStream(_ count: Int) throws(LogSourceError) -> [UInt8] {
    var held = raw.count - rawUsed
    if held == 0 {
      try fillRaw()
      held = raw.count
    }
    guard held > 0 else {
      sourceEnd = .mayGrow
      return []
    }
    let bytes = Array(raw[rawUsed..<(rawUsed + min(held, count))])
    rawUsed += bytes.count
    return bytes
  }

  private func readGzip(_ count: Int) throws(LogSourceError) -> [UInt8] {
    var isInputOver = false
    let bytes = try [UInt8](capacity: count) { output throws(LogSourceError) in
      while output.freeCapacity > 0, !isInputOver, inflater?.isFinished == false {
        let chunk = raw
        let unused = chunk.span.bytes.extracting(droppingFirst: rawUsed)
        let before = output.count
        rawUsed += inflater?.inflate(unused, into: &output) ?? 0
        if output.count == before, rawUsed == raw.count {
          try fillRaw()
          isInputOver = raw.isEmpty
        }
      }
    }
    if bytes.isEmpty {
      sourceEnd =
        switch inflater?.end {
        case .complete(let trailing): .complete(trailing)
        case .truncated, nil: .truncatedGzip
        case .corrupt(let damage): .corruptGzip(damage)
        }
    }
    return bytes
  }

  /// Replaces `raw`, which is used up, by what follows; empty at the end.
  private func fillRaw() throws(LogSourceError) {
    let allowed = isFile ? try allowance(rawCapacity, at: rawPosition) : rawCapacity
    rawUsed = 0
    raw = []
    guard allowed > 0 else { return }
    raw = try [UInt8](unsafeUninitializedCapacity: allowed) {
      buffer, filled throws(LogSourceError) in
      let target = UnsafeMutableRawBufferPointer(buffer)
      filled = isFile ? try file.read(target, at: rawPosition) : try file.readStream(target)
    }
    rawPosition += Int64(raw.count)
  }
}
