internal import Dispatch
internal import Glibc
internal import Synchronization

/// One inotify instance, and what came from it.
final class InotifyQueue: Sendable {
  /// Written files that are told singly.
  private static let writtenMax = 1024

  private struct State {
    var change = DirectoryWatch.Change()
    var watched: [Int32: LogPath] = [:]
    var isEnded = false

    var hasChange: Bool { change.isStructural || !change.written.isEmpty }
  }

  private let descriptor: Int32
  private let wake: Wake
  private let state = Mutex(State())

  private init?(_ wake: Wake) {
    self.wake = wake
    descriptor = inotify_init1(Int32(IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
  }

  /// A queue that takes events on a thread of its own and raises `wake` for each; nil where the
  /// system gives no instance.
  static func start(_ wake: Wake) -> InotifyQueue? {
    guard let queue = InotifyQueue(wake) else { return nil }
    DispatchQueue(label: "pgtrawl.watch").async { queue.run() }
    return queue
  }

  func watch(_ directories: Set<LogPath>) -> Bool {
    let mask =
      IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MODIFY | IN_DELETE_SELF
      | IN_MOVE_SELF | IN_ATTRIB
    return state.withLock { state in
      for (id, path) in state.watched where !directories.contains(path) {
        inotify_rm_watch(descriptor, id)
        state.watched[id] = nil
      }
      var isWhole = true
      let known = Set(state.watched.values)
      for path in directories where !known.contains(path) {
        let id = path.withCString { inotify_add_watch(descriptor, $0, UInt32(mask)) }
        if id >= 0 { state.watched[id] = path } else { isWhole = false }
      }
      return isWhole
    }
  }

  func take() -> DirectoryWatch.Change {
    state.withLock { state in
      defer { state.change = DirectoryWatch.Change() }
      return state.change
    }
  }

  /// Takes events until `end`; blocks.
  private func run() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      let (isEnded, hasChange) = state.withLock { state in
        if count > 0 { Self.note(buffer[0..<count], &state) }
        return (state.isEnded, state.hasChange)
      }
      guard !isEnded, count > 0 else { break }
      if hasChange { wake.raise() }
    }
    close(descriptor)
  }

  /// Lets `run` return: any event wakes it.
  func end() {
    state.withLock { $0.isEnded = true }
    let id = inotify_add_watch(descriptor, "/", UInt32(IN_DELETE_SELF))
    if id >= 0 { inotify_rm_watch(descriptor, id) }
  }

  private static func note(_ events: ArraySlice<UInt8>, _ state: inout State) {
    events.withUnsafeBytes { bytes in
      var at = 0
      while at + MemoryLayout<inotify_event>.size <= bytes.count {
        let event = bytes.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
        let start = at + MemoryLayout<inotify_event>.size
        at = start + Int(event.len)
        let name = bytes[start..<min(at, bytes.count)].prefix { $0 != 0 }
        note(event, Array(name), &state)
      }
    }
  }

  private static func note(_ event: inotify_event, _ name: [UInt8], _ state: inout State) {
    let mask = Int(event.mask)
    if mask & Int(IN_IGNORED) != 0 {
      // The watch is gone, with its directory or because it was taken away.
      state.watched[event.wd] = nil
      return
    }
    guard mask == Int(IN_MODIFY), let directory = state.watched[event.wd],
      state.change.written.count < writtenMax
    else {
      state.change.isStructural = true
      return
    }
    state.change.written.insert(directory.appending(name))
  }
}
