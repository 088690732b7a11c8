/// What a file is, told by its first (decompressed) bytes.
enum HeadContent: Equatable {
  /// A csvlog; local time of the first record that was found.
  case csvlog(firstTime: String)
  /// Empty, or fewer bytes than say what it becomes.
  case young
  case problem(InputProblem.Kind)

  /// How many bytes of a file are looked at.
  static let bytesMax = 16 << 10

  private static let magics: [([UInt8], InputProblem.Packing)] = [
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
    ([0x28, 0xB5, 0x2F, 0xFD], .zstd),
    ([0x42, 0x5A, 0x68], .bzip2),
    ([0x04, 0x22, 0x4D, 0x18], .lz4),
    ([0x1F, 0x9D], .compress),
    ([0x50, 0x4B, 0x03, 0x04], .zip),
    ([0x50, 0x4B, 0x05, 0x06], .zip),
  ]
  private static let tarMagic = (offset: 257, bytes: Array("ustar".utf8))
  private static let severities: Set<[UInt8]> = Set(
    [
      "LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DETAIL", "HINT", "STATEMENT",
      "CONTEXT", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5",
    ].map { Array($0.utf8) })
  private static let severityBytesMax = 9
  private static let linesMax = 20
  /// In which part of a line its severity is looked for: log_line_prefix comes before it.
  private static let prefixBytesMax = 512

  /// Whether the bytes are those of a gzip file.
  static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// Classifies the first bytes of a file; `isInner`: they came out of gzip.
  static func of(_ bytes: [UInt8], isInner: Bool = false) -> HeadContent {
    if let packing = packing(bytes) {
      guard isInner else { return .problem(.packed(packing)) }
      return .problem(packing == .tar ? .packed(.gzippedTar) : .notPostgreSQLLog)
    }
    let start = recordStart(bytes)
    switch CSVLogHead.verdict(bytes, at: start) {
    case .record(let time): return .csvlog(firstTime: time)
    case .partial: return .young
    case .other: break
    }
    if isJSONLog(bytes, start) { return .problem(.jsonLog) }
    if isStderrLog(bytes, start) { return .problem(.stderrLog) }
    // A log that was torn, or split in the middle of a record, is one from its next record on.
    if let time = laterRecord(bytes, from: start) { return .csvlog(firstTime: time) }
    return .problem(.notPostgreSQLLog)
  }

  private static func packing(_ bytes: [UInt8]) -> InputProblem.Packing? {
    for (magic, packing) in magics where bytes.starts(with: magic) { return packing }
    let end = tarMagic.offset + tarMagic.bytes.count
    guard bytes.count >= end, Array(bytes[tarMagic.offset..<end]) == tarMagic.bytes else {
      return nil
    }
    return .tar
  }

  /// Behind a byte order mark, and behind the hole of a file that was cut under its writer.
  private static func recordStart(_ bytes: [UInt8]) -> Int {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    return bytes[start...].firstIndex { $0 != 0 } ?? bytes.count
  }

  private static func isJSONLog(_ bytes: [UInt8], _ start: Int) -> Bool {
    bytes[start...].starts(with: Array("{\"timestamp\":\"".utf8))
  }

  private static func isStderrLog(_ bytes: [UInt8], _ start: Int) -> Bool {
    var line = start
    for _ in 0..<linesMax where line < bytes.count {
      let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if hasSeverity(bytes, line..<min(end, line + prefixBytesMax)) { return true }
      line = end + 1
    }
    return false
  }

  /// Whether `LOG:  ` or another severity stands in the line, as a word of its own.
  private static func hasSeverity(_ bytes: [UInt8], _ line: Range<Int>) -> Bool {
    var wordStart = line.lowerBound
    for at in line {
      switch bytes[at] {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): continue
      case UInt8(ascii: ":")
      where at + 2 < line.upperBound && bytes[at + 1] == UInt8(ascii: " ")
        && bytes[at + 2] == UInt8(ascii: " ") && at - wordStart <= severityBytesMax:
        if severities.contains(Array(bytes[wordStart..<at])) { return true }
      default: break
      }
      wordStart = at + 1
    }
    return false
  }

  private static func laterRecord(_ bytes: [UInt8], from start: Int) -> String? {
    var at = start
    while let newline = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) {
      at = newline + 1
      if case .record(let time) = CSVLogHead.verdict(bytes, at: at) { return time }
    }
    return nil
  }
}
