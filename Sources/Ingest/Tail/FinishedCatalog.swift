internal import Gzip
internal import LogModel
internal import LogSource

/// The complete files of a source by what the trailers of their gzip files hold: a gzip of one of them
/// is known by its trailer and its head, without asking the store and without inflating it.
struct FinishedCatalog: Sendable {
  private let files: [UInt32: [Generation]]

  init(_ generations: [Generation]) {
    files = Dictionary(grouping: generations) { $0.mark.crc }
  }

  /// The file of which a log is the gzip; nil when it is none of these, or can't be read.
  func file(of log: some ReadableLog) async -> Generation? {
    let facts = try? await log.open()
    await log.close()
    guard let facts, let trailer = facts.trailer, let candidates = files[trailer.crc],
      case .decided(.alias(let file)) = IdentityRules.step(facts, candidates: candidates)
    else { return nil }
    return candidates.first { $0.id == file }
  }
}
