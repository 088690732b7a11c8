internal import Glibc

/// The files of a time zone database.
struct ZoneFiles: Sendable {
  let directory: LogPath

  /// 1996-01-01 00:00 UTC: no log with such times is older than PostgreSQL.
  static let usedSince: Int64 = 820_454_400
  private static let fileBytesMax = 1 << 20

  static func systemDirectory() -> LogPath {
    guard let set = getenv("TZDIR"), set.pointee != 0 else {
      return LogPath("/usr/share/zoneinfo")
    }
    return LogPath(bytes: Array(String(cString: set).utf8))
  }

  /// A zone by its name, as in `Europe/Berlin`.
  func zone(named name: String) throws(LogSourceError) -> ZoneInformation {
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { !$0.isEmpty && $0.first != UInt8(ascii: ".") }
    if isName, let bytes = contents(name), bytes.starts(with: "TZif".utf8) {
      guard let zone = ZoneInformation(tzif: bytes) else {
        throw LogSourceError(
          code: .damagedTimeZone(name: name), path: directory.appending(Array(name.utf8)))
      }
      return zone
    }
    let names = names()
    guard !names.isEmpty else { throw LogSourceError(code: .noTimeZoneDatabase, path: directory) }
    throw LogSourceError(
      code: .unknownTimeZone(name: name, similar: similar(to: name, names)), path: directory)
  }

  /// Every word in use since 1996: offsets, and the zones that have it there.
  func usages() -> [String: TimeZoneDatabase.Usage] {
    let canonical = canonicalNames()
    let known = Set(canonical)
    // Names of the table come first: others are older spellings, or no places.
    let ordered = canonical + names().filter { !known.contains($0) }
    var usages: [String: TimeZoneDatabase.Usage] = [:]
    for name in ordered {
      guard let zone = contents(name).flatMap({ ZoneInformation(tzif: $0) }) else { continue }
      var seen: Set<String> = []
      for period in zone.periods where period.end > Self.usedSince {
        let key = "\(period.abbreviation) \(period.offset)"
        guard seen.insert(key).inserted else { continue }
        usages[period.abbreviation, default: [:]][period.offset, default: []].append(name)
      }
    }
    return usages
  }

  /// All zone names, sorted.
  func names() -> [String] {
    var names: [String] = []
    var pending = [""]
    while let folder = pending.popLast() {
      for entry in entries(folder) {
        // The same zones again, counted without and with leap seconds; and what is no zone.
        guard !["posix", "right", "posixrules", "localtime", "Factory"].contains(entry) else {
          continue
        }
        let name = folder.isEmpty ? entry : "\(folder)/\(entry)"
        switch try? FileStatus.of(directory.appending(Array(name.utf8))).kind {
        case .directory where folder.utf8.count < 64: pending.append(name)
        case .file where !entry.utf8.contains(UInt8(ascii: ".")): names.append(name)
        default: break
        }
      }
    }
    return names.sorted()
  }

  /// The zones of zone1970.tab, whose names are places that people know.
  private func canonicalNames() -> [String] {
    guard let table = contents("zone1970.tab") else { return [] }
    return table.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "#") }
      .compactMap { line in
        let columns = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        return columns.count > 2 ? String(decoding: columns[2], as: UTF8.self) : nil
      }
  }

  private func contents(_ name: String) -> [UInt8]? {
    let path = directory.appending(Array(name.utf8))
    guard let status = try? FileStatus.of(path), status.kind == .file,
      let file = try? OpenFile(path)
    else { return nil }
    return try? file.bytes(at: 0, count: Int(min(status.size, Int64(Self.fileBytesMax))))
  }

  private func entries(_ folder: String) -> [String] {
    let path = folder.isEmpty ? directory : directory.appending(Array(folder.utf8))
    guard let stream = path.withCString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var entries: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.utf8.starts(with: ".".utf8) { entries.append(name) }
    }
    return entries
  }
}
