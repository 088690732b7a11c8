internal import Dispatch
internal import Glibc
internal import Synchronization

/// Tells when something in directories changes, by inotify. What it tells is a reason to look, never
/// more: an overflow of the kernel's queue is told as a change of everything, and where a directory
/// can't be watched (network file systems, limits) looking now and then is left to the caller.
public final class DirectoryWatch: Sendable {
  /// What to look at again.
  public struct Change: Sendable, Equatable {
    /// Files came, went or were renamed.
    public var isStructural = false
    /// Files were written to.
    public var isContent = false
  }

  private let queue: InotifyQueue?
  /// Yields after changes; several may be told at once.
  public let wakes: AsyncStream<Void>

  /// A watch of nothing yet.
  public init() {
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.wakes = wakes
    queue = InotifyQueue { wake.yield() }
    // Its own thread: it waits in the kernel.
    if let queue { DispatchQueue(label: "pgtrawl.watch").async { queue.run() } }
  }

  deinit { queue?.end() }

  /// Watches exactly these directories; false when one of them can't be watched.
  public func watch(_ directories: Set<LogPath>) -> Bool { queue?.watch(directories) ?? false }

  /// What has changed since the last call.
  public func take() -> Change { queue?.take() ?? Change() }
}

/// One inotify instance and what came from it.
private final class InotifyQueue: Sendable {
  private struct State {
    var change = DirectoryWatch.Change()
    var watched: [Int32: LogPath] = [:]
    var isEnded = false
  }

  private let descriptor: Int32
  private let state = Mutex(State())
  private let wake: @Sendable () -> Void

  /// Nil where the system gives no inotify instance.
  init?(wake: @escaping @Sendable () -> Void) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    self.wake = wake
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
  func run() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      let isEnded = state.withLock { state in
        if count > 0 { Self.note(buffer[0..<count], &state) }
        return state.isEnded
      }
      guard !isEnded, count > 0 else { break }
      wake()
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
        at += MemoryLayout<inotify_event>.size + Int(event.len)
        let mask = Int(event.mask)
        if mask & Int(IN_MODIFY) != 0 { state.change.isContent = true }
        if mask & ~Int(IN_MODIFY) != 0 { state.change.isStructural = true }
        // The directory itself is gone: the number stands for nothing any more.
        if mask & Int(IN_IGNORED) != 0 { state.watched[event.wd] = nil }
      }
    }
  }
}
