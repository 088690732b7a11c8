internal import LogModel
internal import LogParsing
internal import LogSource
internal import LogStore

/// Takes the reject of a torn last record back where a log turns out to go on behind it: a member was
/// appended to a gzip, or the log itself is found that a copy was made of too early.
struct TornEnd {
  let registry: any FileRegistry

  /// The generation as it is to be read on; nil when someone else reads it meanwhile.
  func takeBack(_ generation: Generation, in log: some ReadableLog) async throws -> Generation? {
    guard generation.committedOffset > 0,
      let start = try await registry.tornEnd(
        of: generation.id, reason: CSVLogParser.tornTailReason),
      let mark = try await mark(at: start, in: log, whichContinues: generation)
    else { return generation }
    return try await registry.takeBack(generation, to: start, mark)
  }

  /// The mark of what precedes `start`; nil unless the log has all that is committed and more.
  private func mark(
    at start: Int64, in log: some ReadableLog, whichContinues generation: Generation
  ) async throws -> ContentMark? {
    var trail = try await log.start(at: nil)
    var mark = start == 0 ? trail.mark() : nil
    while let block = try await log.next() {
      var rest = block.bytes[...]
      for end in [start, generation.committedOffset] where trail.offset < end {
        let piece = rest.prefix(Int(clamping: end - trail.offset))
        trail.absorb(Array(piece), count: piece.count)
        rest = rest.dropFirst(piece.count)
        if trail.offset == start { mark = trail.mark() }
      }
      guard rest.isEmpty else { return trail.has(generation.mark) ? mark : nil }
    }
    return nil
  }
}
