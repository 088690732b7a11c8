import Gzip
import LogModel
import LogSource
import Synchronization

/// A directory of logs in memory, and everything that was ever written to them.
final class SimulatedDisk: Sendable {
  /// A file, with or without a name.
  struct File {
    /// Decompressed content.
    var content: [UInt8] = []
    /// Which log's life the content is, or is a copy of.
    var life: Int
    var isGzip = false
    /// Whether a gzip has its trailer.
    var isComplete = true
    var modifiedAt: Int64 = 0
    /// Processes that hold it open.
    var holders = 0

    var storedBytes: Int64 { isGzip ? Int64(content.count / 2 + 20) : Int64(content.count) }
  }

  /// One life of a log: what its server wrote from its start until it was replaced.
  struct Life {
    var content: [UInt8] = []
    /// The most of it that a tail has seen.
    var seen = 0
  }

  struct State {
    var files: [Int64: File] = [:]
    var names: [String: Int64] = [:]
    var lives: [Life] = []
    var freeInodes: [Int64] = []
    var nextInode: Int64 = 1
    var change = DirectoryWatch.Change()
    var nanoseconds: Int64 = 1_000_000_000_000
  }

  static let directory = "/log/"
  private let state = Mutex(State())

  func with<Value>(_ body: (inout State) -> sending Value) -> Value {
    state.withLock { body(&$0) }
  }

  /// What happened since the last call.
  func takeChange() -> DirectoryWatch.Change {
    with { state in
      let change = state.change
      state.change = DirectoryWatch.Change()
      return change
    }
  }

  /// All files that have a name, one name each.
  func inputs() -> [LogInput] {
    with { state in
      var seen: Set<Int64> = []
      return state.names.sorted { $0.key < $1.key }
        .filter { seen.insert($0.value).inserted }
        .compactMap { name, inode in state.input(name, inode) }
    }
  }

  func input(at path: LogPath) -> LogInput? {
    with { state in
      let name = Self.name(path)
      guard let inode = state.names[name] else { return nil }
      return state.input(name, inode)
    }
  }

  static func name(_ path: LogPath) -> String {
    String(path.escaped.dropFirst(directory.count))
  }
}

extension SimulatedDisk.State {
  fileprivate func input(_ name: String, _ inode: Int64) -> LogInput? {
    guard let file = files[inode] else { return nil }
    var input = LogInput(
      path: LogPath(SimulatedDisk.directory + name), form: file.isGzip ? .gzip : .plain,
      storedBytes: file.storedBytes, firstTime: nil)
    input.device = 1
    input.inode = inode
    input.modifiedAt = file.modifiedAt
    return input
  }

  /// Makes a file under a name, with an inode that may have been another's.
  @discardableResult
  mutating func create(_ name: String, _ file: SimulatedDisk.File, reusing: Bool) -> Int64 {
    var inode = nextInode
    if reusing, let free = freeInodes.popLast() { inode = free } else { nextInode += 1 }
    files[inode] = file
    files[inode]?.modifiedAt = nanoseconds
    names[name] = inode
    change.isStructural = true
    return inode
  }

  mutating func write(_ bytes: [UInt8], to inode: Int64) {
    files[inode]?.content += bytes
    files[inode]?.modifiedAt = nanoseconds
    noteWrite(inode)
  }

  mutating func truncate(_ inode: Int64, life: Int) {
    files[inode]?.content = []
    files[inode]?.life = life
    files[inode]?.modifiedAt = nanoseconds
    noteWrite(inode)
  }

  private mutating func noteWrite(_ inode: Int64) {
    for (name, other) in names where other == inode {
      change.written.insert(LogPath(SimulatedDisk.directory + name))
    }
  }

  mutating func rename(_ name: String, to other: String) {
    remove(other)
    names[other] = names.removeValue(forKey: name)
    change.isStructural = true
  }

  mutating func remove(_ name: String) {
    guard let inode = names.removeValue(forKey: name) else { return }
    change.isStructural = true
    collect(inode)
  }

  /// Frees a file that has neither name nor holder.
  mutating func collect(_ inode: Int64) {
    guard !names.values.contains(inode), files[inode]?.holders == 0 else { return }
    files[inode] = nil
    freeInodes.append(inode)
  }
}
