internal import LogModel
internal import LogParsing
internal import LogSource
internal import LogStore

/// Finds how much of a log that was cut, and may have been written to since, was read before the cut.
///
/// The bytes of what was kept are those of before, so that whatever precedes a record that stands where
/// the store has it stands there, too. Behind the last one are records without a row of their own: these
/// are told by their session and line, which no other record of a server has.
///
///     kept, with rows at the same offsets │ kept, lines that were read │ lines that were not read
///                                         └ last that fits             └ here reading begins
struct KeptPart {
  /// What a log holds of files that it was.
  enum Answer: Equatable {
    /// Nothing that can be told.
    case nothing
    /// All of it was read as part of this file.
    case all(file: Int64)
    /// What precedes the offset was read; the mark is of these bytes.
    case upTo(offset: Int64, ContentMark)
  }

  let registry: any FileRegistry
  /// What the log may have been: generations with its inode that begin like it.
  let files: [Generation]
  let encoding: FallbackEncoding

  /// Reads an open log from its start.
  func measure(_ log: some ReadableLog) async throws -> Answer {
    var search = Search(files: files)
    _ = try await log.start(at: nil)
    var parser = CSVLogParser(startOffset: 0, encoding: encoding, zones: AnyZone())
    while !search.isOver, let block = try await log.next() {
      parser.append(block.bytes)
      guard parser.isBatchFull else { continue }
      while let batch = try parser.parse(.more) { try await compare(batch, &search) }
    }
    while !search.isOver, let batch = try parser.parse(.pending) {
      try await compare(batch, &search)
    }
    let sessions = Set(search.unmatched.compactMap(\.session))
    let lines = try await registry.lastLines(files: files.map(\.id), sessions: Array(sessions))
    let witness = search.witness ?? files.first?.id ?? 0
    guard let offset = search.newOffset(lines) else {
      return search.hasKnown(lines) ? .all(file: witness) : .nothing
    }
    guard offset > 0 else { return .nothing }
    return try await mark(log, upTo: offset)
  }

  private func compare(_ batch: RecordBatch, _ search: inout Search) async throws {
    let places = try await registry.places(
      files: search.open, from: batch.startOffset, to: batch.endOffset)
    let records = batch.records.map {
      Search.Item(offset: $0.offset, length: $0.length, session: $0.session, line: $0.line)
    }
    let rejects = batch.rejects.map {
      Search.Item(offset: $0.offset, length: $0.length, session: nil, line: 0)
    }
    search.take((records + rejects).sorted { $0.offset < $1.offset }, places, batch.endOffset)
  }

  private func mark(_ log: some ReadableLog, upTo offset: Int64) async throws -> Answer {
    var trail = try await log.start(at: nil)
    while trail.offset < offset, let block = try await log.next() {
      trail.absorb(block.bytes, count: Int(min(Int64(block.bytes.count), offset - trail.offset)))
    }
    guard trail.offset == offset else {
      throw LogSourceError(code: .contentChanged, path: log.input.path, offset: trail.offset)
    }
    return .upTo(offset: offset, trail.mark())
  }
}

extension KeptPart {
  /// The comparison, as far as it got. Pure: what the log and the store hold goes in.
  struct Search {
    /// A record of the log, or what is none: without a session.
    struct Item: Equatable {
      var offset: Int64
      var length: Int
      var session: SessionID?
      var line: Int64

      var end: Int64 { offset + Int64(length) }
    }

    /// Files that may still fit.
    private(set) var open: [Int64]
    /// What follows the last item that stands where the store has it.
    private(set) var unmatched: [Item] = []
    /// The file that has the last item that fits.
    private(set) var witness: Int64?
    private var last: Item?
    /// By file: the first offset at which it has what the log has not; at most its end.
    private var divergence: [Int64: Int64]

    init(files: [Generation]) {
      open = files.map(\.id)
      divergence = Dictionary(
        files.map { ($0.id, $0.committedOffset) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nothing that follows can fit.
    var isOver: Bool { open.isEmpty }

    /// Takes the items of a batch, and what the store has at their offsets, both in order.
    mutating func take(_ items: [Item], _ places: [StoredPlace], _ end: Int64) {
      var byOffset: [Int64: Item] = [:]
      for item in items { byOffset[item.offset] = item }
      var diverged: Set<Int64> = []
      for place in places where !diverged.contains(place.file) {
        if let item = byOffset[place.offset], place.fits(item) {
          last = item
          witness = place.file
        } else {
          diverged.insert(place.file)
          divergence[place.file] = min(divergence[place.file] ?? place.offset, place.offset)
        }
      }
      let matched = last?.offset ?? -1
      unmatched = (unmatched + items).filter { $0.offset > matched }
      open.removeAll { diverged.contains($0) || (divergence[$0] ?? 0) <= end }
    }

    private func isKnown(_ item: Item, _ lines: [SessionID: Int64]) -> Bool {
      guard let session = item.session, let line = lines[session] else { return false }
      return item.line <= line
    }

    /// Whether anything of the log was read.
    func hasKnown(_ lines: [SessionID: Int64]) -> Bool {
      last != nil || unmatched.first.map { isKnown($0, lines) } ?? false
    }

    /// Where that begins which was not read, given the last line that was read of each session; nil when
    /// all was.
    func newOffset(_ lines: [SessionID: Int64]) -> Int64? {
      var known = last
      var offset: Int64?
      for item in unmatched {
        guard isKnown(item, lines) else {
          offset = item.offset
          break
        }
        known = item
      }
      // A record that was cut within its last columns, with the next one behind it: it is longer than it was.
      if let known, let witness, let end = divergence[witness], known.offset < end, end < known.end
      {
        return end
      }
      return offset
    }
  }
}

extension StoredPlace {
  fileprivate func fits(_ item: KeptPart.Search.Item) -> Bool {
    guard let session else { return item.session == nil && Int64(item.length) == length }
    return item.session == session && item.line == line
  }
}

/// Only sessions and lines are looked at: any zone will do.
private struct AnyZone: ZoneResolving {
  func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning { .offset(seconds: 0) }
}
