internal import LogModel
internal import LogStore

/// What is known of the files of sources, and who may note it: the store, or what stands for it where
/// decisions are tried out.
protocol FileRegistry: Sendable {
  func oddHeadLengths(source: Int32) async throws -> [Int]
  func candidates(
    source: Int32, _ search: GenerationSearch
  ) async throws -> (lastID: Int64, generations: [Generation])
  func generation(id: Int64) async throws -> Generation?
  func generations(source: Int32) async throws -> [Generation]
  func generationsElsewhere(
    heads: [ContentHead], besides source: Int32
  ) async throws -> [(source: String, generation: Generation)]
  func points(files: [Int64]) async throws -> [Int64: GzipPoint]
  func places(files: [Int64], from low: Int64, to high: Int64) async throws -> [StoredPlace]
  func lastLines(files: [Int64], sessions: [SessionID]) async throws -> [SessionID: Int64]
  func tornEnd(of file: Int64, reason: String) async throws -> Int64?
  func takeBack(
    _ generation: Generation, to offset: Int64, _ mark: ContentMark
  ) async throws -> Generation?
  func unfinished(source: Int32) async throws -> [Generation]

  func register(_ new: NewGeneration, lastSeen: Int64) async throws -> Generation?
  func note(_ sightings: [GenerationSighting]) async throws
  func move(_ files: [(file: Int64, path: String)]) async throws
  func finish(_ files: [(file: Int64, path: String)]) async throws
  func noteLoss(file: Int64, to end: Int64?, reason: String) async throws -> Int64?
  func recover(file: Int64) async throws
  @discardableResult func forget(file: Int64) async throws -> Int64?
}

extension Store: FileRegistry {}
