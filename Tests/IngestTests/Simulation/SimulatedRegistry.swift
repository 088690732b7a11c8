import LogModel
import LogSource
import LogStore
import Synchronization

@testable import Ingest

/// What a store knows of files, with what was committed of each.
final class SimulatedRegistry: FileRegistry {
  struct Gap: Equatable {
    var file: Int64
    var from: Int64
    var to: Int64?
  }

  struct State {
    var files: [Int64: Generation] = [:]
    var committed: [Int64: [UInt8]] = [:]
    var trails: [Int64: ContentTrail] = [:]
    var gaps: [Gap] = []
  }

  let state = Mutex(State())
  /// What happens before a call: the store may be away, the process killed.
  let before: @Sendable () throws -> Void

  /// Takes what was done, for whoever looks at a failure.
  let tell: @Sendable (String) -> Void

  init(
    before: @escaping @Sendable () throws -> Void, tell: @escaping @Sendable (String) -> Void
  ) {
    self.before = before
    self.tell = tell
  }

  private func call<Value>(_ body: (inout State) -> sending Value) throws -> Value {
    try before()
    return state.withLock { body(&$0) }
  }

  func oddHeadLengths(source: Int32) async throws -> [Int] { [] }

  func candidates(
    source: Int32, _ search: GenerationSearch
  ) async throws -> (lastID: Int64, generations: [Generation]) {
    let heads = Set(search.heads)
    return try call { state in
      let all = state.files.values.sorted { $0.id < $1.id }
      let small = all.filter {
        $0.committedOffset > 0 && $0.mark.headLength > (search.headsAbove ?? .max)
      }.suffix(search.headsAboveMax).map(\.id)
      let found = all.filter {
        heads.contains(ContentHead(length: $0.mark.headLength, hash: $0.mark.headHash))
          || search.paths.contains($0.path) || small.contains($0.id)
      }
      return (all.last?.id ?? 0, found)
    }
  }

  func generation(id: Int64) async throws -> Generation? { try call { $0.files[id] } }

  func generationsElsewhere(
    heads: [ContentHead], besides source: Int32
  ) async throws -> [(source: String, generation: Generation)] { [] }

  // Simulated logs are emptied, never cut.
  func points(files: [Int64]) async throws -> [Int64: GzipPoint] { [:] }

  func places(files: [Int64], from low: Int64, to high: Int64) async throws -> [StoredPlace] { [] }
  func lastLines(files: [Int64], sessions: [SessionID]) async throws -> [SessionID: Int64] { [:] }

  // Simulated logs have no rejects.
  func tornEnd(of file: Int64, reason: String) async throws -> Int64? { nil }
  func takeBack(
    _ generation: Generation, to offset: Int64, _ mark: ContentMark
  ) async throws -> Generation? { generation }

  func unfinished(source: Int32) async throws -> [Generation] { try files { $0.state == .active } }

  func generations(source: Int32) async throws -> [Generation] { try files { _ in true } }

  private func files(_ isWanted: (Generation) -> Bool) throws -> [Generation] {
    try call { state in state.files.values.filter(isWanted).sorted { $0.id < $1.id } }
  }

  func register(_ new: NewGeneration, lastSeen: Int64) async throws -> Generation? {
    let registered = try insert(new, lastSeen: lastSeen)
    tell("register \(new.path) as \(registered?.id ?? -1), head \(new.mark.headLength)")
    return registered
  }

  private func insert(_ new: NewGeneration, lastSeen: Int64) throws -> Generation? {
    try call { state in
      let last = state.files.keys.max() ?? 0
      guard last <= lastSeen else { return nil }
      let generation = Generation(
        id: last + 1, source: new.source, path: new.path, committedOffset: 0, epoch: 0,
        mark: new.mark, state: .active, device: new.device, inode: new.inode)
      state.files[last + 1] = generation
      return generation
    }
  }

  func note(_ sightings: [GenerationSighting]) async throws {
    try call { state in
      for sighting in sightings {
        state.files[sighting.file]?.path = sighting.path
        state.files[sighting.file]?.state = sighting.state
        state.files[sighting.file]?.device = sighting.device
        state.files[sighting.file]?.inode = sighting.inode
        if let size = sighting.sizeSeen { state.files[sighting.file]?.sizeSeen = size }
      }
    }
  }

  func move(_ files: [(file: Int64, path: String)]) async throws {
    try call { state in
      for (file, path) in files { state.files[file]?.path = path }
    }
  }

  func finish(_ files: [(file: Int64, path: String)]) async throws {
    try call { state in
      for (file, path) in files
      where state.files[file]?.path == path && state.files[file]?.state == .active {
        guard let known = state.files[file], known.committedOffset >= known.sizeSeen else {
          continue
        }
        state.files[file]?.state = .done
      }
    }
  }

  func noteLoss(file: Int64, to end: Int64?, reason: String) async throws -> Int64? {
    try call { state in
      guard let generation = state.files[file], generation.state == .active else { return nil }
      if let end, end <= generation.committedOffset {
        state.files[file]?.state = .done
        return nil
      }
      state.files[file]?.state = .lost
      state.gaps.append(Gap(file: file, from: generation.committedOffset, to: end))
      return generation.committedOffset
    }
  }

  func recover(file: Int64) async throws {
    try call { state in
      let committed = state.files[file]?.committedOffset ?? 0
      state.gaps.removeAll { $0.file == file && $0.from >= committed }
      state.files[file]?.state = .active
    }
  }

  func forget(file: Int64) async throws -> Int64? { nil }

  /// Commits bytes behind an offset; false when someone else was first.
  func commit(_ bytes: [UInt8], file: Int64, from offset: Int64) throws -> Bool {
    tell("commit \(bytes.count) bytes to \(file) at \(offset)")
    return try call { state in
      guard var generation = state.files[file], generation.committedOffset == offset else {
        return false
      }
      state.committed[file, default: []] += bytes
      var trail = state.trails[file] ?? ContentTrail()
      trail.absorb(bytes, count: bytes.count)
      state.trails[file] = trail
      generation.mark = trail.mark()
      generation.committedOffset = trail.offset
      state.files[file] = generation
      return true
    }
  }
}
