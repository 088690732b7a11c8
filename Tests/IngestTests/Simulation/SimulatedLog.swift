import Digest
import Foundation
import Gzip
import LogModel
import LogSource
import Synchronization

@testable import Ingest

/// A log of a simulated disk, read by the rules of the real reader.
final class SimulatedLog: ReadableLog {
  private struct State {
    var facts: InputFacts?
    var inode: Int64?
    var storedBytes: Int64 = 0
  }

  let input: LogInput
  let disk: SimulatedDisk
  /// What happens beside, at every call.
  let meanwhile: @Sendable () throws -> Void
  /// Takes what was decided, for whoever looks at a failure.
  let tell: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(
    _ input: LogInput, _ disk: SimulatedDisk, meanwhile: @escaping @Sendable () throws -> Void,
    tell: @escaping @Sendable (String) -> Void
  ) {
    self.input = input
    self.disk = disk
    self.meanwhile = meanwhile
    self.tell = tell
  }

  /// The open file.
  var file: SimulatedDisk.File? {
    let inode = state.withLock { $0.inode }
    return disk.with { state in inode.flatMap { state.files[$0] } }
  }

  func open() async throws(LogSourceError) -> InputFacts {
    let name = SimulatedDisk.name(input.path)
    let opened = disk.with { state -> (Int64, SimulatedDisk.File)? in
      guard let inode = state.names[name], let file = state.files[inode] else { return nil }
      state.files[inode]?.holders += 1
      return (inode, file)
    }
    guard let (inode, file) = opened else {
      throw LogSourceError(code: .notFound, path: input.path)
    }
    let head = Array(file.content.prefix(ContentTrail.edgeBytesMax))
    var facts = InputFacts(
      form: file.isGzip ? .gzip : .plain, device: 1, inode: inode,
      size: file.isGzip ? nil : Int64(file.content.count), head: head, trailer: nil)
    if file.isGzip, file.isComplete {
      facts.trailer = GzipTrailer(
        crc: Checksum.crc32(0, file.content), size: UInt32(file.content.count))
    }
    state.withLock {
      $0.facts = facts
      $0.inode = inode
      $0.storedBytes = file.storedBytes
    }
    return facts
  }

  func identify(
    among candidates: [Generation]
  ) async throws(LogSourceError) -> IdentityDecision {
    guard var facts = state.withLock({ $0.facts }) else { return .empty }
    while true {
      // Between two facts the file may change.
      try? meanwhile()
      guard let content = file?.content else { return .empty }
      switch IdentityRules.step(facts, candidates: candidates) {
      case .decided(let decision):
        tell("\(input.path), \(facts.head.count) bytes of head: \(decision)")
        if case .new = decision, !Self.begins(content, with: facts.head) {
          throw LogSourceError(code: .contentChanged, path: input.path)
        }
        return decision
      case .needs(.anchor(let id)):
        facts.anchors[id] = candidates.first { $0.id == id }.map { Self.fits($0, content) } ?? false
      case .needs(.prefix(let offset)):
        facts.prefixes[offset] =
          content.count < Int(offset)
          ? .endsBefore(length: Int64(content.count))
          : .crc(Checksum.crc32(0, Array(content.prefix(Int(offset)))))
      case .needs(.comparison(let id)):
        facts.comparisons[id] = compare(content, candidates.first { $0.id == id })
      }
    }
  }

  /// Whether head and anchor of a file stand in a content.
  static func fits(_ generation: Generation, _ content: [UInt8]) -> Bool {
    let mark = generation.mark
    let end = Int(generation.committedOffset)
    guard content.count >= end, mark.headLength <= content.count else { return false }
    return SHA256Hash.of(Array(content.prefix(mark.headLength))) == mark.headHash
      && SHA256Hash.of(Array(content[(end - mark.anchorLength)..<end])) == mark.anchorHash
  }

  private func compare(_ content: [UInt8], _ generation: Generation?) -> InputFacts.Comparison {
    guard let generation else { return .impossible }
    let own = state.withLock { $0.inode }
    let name = SimulatedDisk.name(LogPath(generation.path))
    let original = disk.with { state -> [UInt8]? in
      guard let inode = state.names[name], inode != own else { return nil }
      return state.files[inode]?.content
    }
    let mark = generation.mark
    guard let original, original.count >= mark.headLength,
      SHA256Hash.of(Array(original.prefix(mark.headLength))) == mark.headHash
    else { return .impossible }
    if Self.begins(original, with: content) { return .isPrefix }
    return Self.begins(content, with: original) ? .impossible : .differs
  }

  /// Whether a content begins with other bytes.
  static func begins(_ content: [UInt8], with start: [UInt8]) -> Bool {
    guard content.count >= start.count else { return false }
    return content.withUnsafeBytes { a in
      start.withUnsafeBytes { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return true }
        return memcmp(a, b, start.count) == 0
      }
    }
  }

  func sighting(at path: LogPath) async throws(LogSourceError) -> FileSighting? {
    guard let file, !file.isGzip else { return nil }
    let inode = state.withLock { $0.inode }
    let name = SimulatedDisk.name(path)
    let isAtPath = disk.with { disk in
      disk.lives[file.life].seen = max(disk.lives[file.life].seen, file.content.count)
      return disk.names[name] == inode
    }
    return FileSighting(size: Int64(file.content.count), isAtPath: isAtPath)
  }

  // Nothing in a simulation is damaged.
  var end: InputEnd? { nil }

  // Simulated logs are emptied, never cut: there is nothing in them to be told record by record.
  func start(at generation: Generation?) async throws(LogSourceError) -> ContentTrail {
    ContentTrail()
  }
  func next() async throws(LogSourceError) -> LogBlock? { nil }

  func hasGrown() async throws(LogSourceError) -> Bool {
    file?.storedBytes != state.withLock { $0.storedBytes }
  }

  func close() async { release() }

  /// Closes the file, as the end of the process does too.
  func release() {
    let inode = state.withLock { state in
      defer { state.inode = nil }
      return state.inode
    }
    guard let inode else { return }
    disk.with { state in
      state.files[inode]?.holders -= 1
      state.collect(inode)
    }
  }
}
