internal import Gzip
internal import LogModel
internal import LogSource

/// What the store has of a source's files, fetched at once: where many logs are found, those of which
/// everything is in the store are known without asking for each of them, and without inflating.
struct FileCatalog: Sendable {
  private let byCRC: [UInt32: [Generation]]
  private let byPath: [String: [Generation]]

  init(_ generations: [Generation]) {
    byCRC = Dictionary(grouping: generations.filter { $0.state == .done }) { $0.mark.crc }
    byPath = Dictionary(grouping: generations) { $0.path }
  }

  /// The file of which all that an open log holds is in the store; nil when it is none of these, or is to
  /// be looked at more closely.
  func file(of log: some ReadableLog, _ facts: InputFacts) async -> Generation? {
    let candidates: [Generation]
    if let trailer = facts.trailer {
      candidates = byCRC[trailer.crc] ?? []
      guard case .decided(.alias(let file)) = IdentityRules.step(facts, candidates: candidates)
      else { return nil }
      return candidates.first { $0.id == file }
    }
    candidates = (byPath[log.input.path.absolute().escaped] ?? [])
      .filter { $0.inode == facts.inode && $0.device == facts.device && $0.committedOffset > 0 }
    // What can't be told here is told by a closer look.
    guard facts.form == .plain, candidates.count == 1,
      case .alias(let file)? = try? await log.identify(among: candidates)
    else { return nil }
    return candidates.first { $0.id == file }
  }
}

extension FileCatalog {
  /// What taking up a log comes to, where all of it is in the store; nil, and the log is closed again,
  /// where it has to be taken up.
  func known(_ log: some ReadableLog) async -> Taken? {
    guard let facts = try? await log.open() else { return nil }
    guard let file = await file(of: log, facts) else {
      await log.close()
      return nil
    }
    if facts.form == .plain, file.state == .active {
      return .followed(file: file.id, readTo: file.committedOffset)
    }
    return .complete(file: file.id, holds: file.committedOffset)
  }
}
