/// Tells when something in directories changes, by inotify. What it tells is a reason to look, never
/// more: an overflow of the kernel's queue is told as a change of everything, and where a directory
/// can't be watched (network file systems, limits) looking now and then is left to the caller.
public final class DirectoryWatch: Sendable {
  /// What to look at again.
  public struct Change: Sendable, Equatable {
    /// Files came, went or were renamed, or more was written to than is told singly.
    public var isStructural = false
    /// Files that were written to, as the directory's path and their name.
    public var written: Set<LogPath> = []

    /// Nothing.
    public init() {}
  }

  /// Raised with each change; whoever has other news for the one that waits raises it too.
  public let wake: Wake
  private let queue: InotifyQueue?

  /// A watch of nothing yet.
  public init(wake: Wake = Wake()) {
    self.wake = wake
    queue = InotifyQueue.start(wake)
  }

  deinit { queue?.end() }

  /// Watches exactly these directories; false when one of them can't be watched.
  public func watch(_ directories: Set<LogPath>) -> Bool { queue?.watch(directories) ?? false }

  /// What has changed since the last call.
  public func take() -> Change { queue?.take() ?? Change() }

  /// Returns when there is something to take, or after `limit`, or when the task is cancelled.
  public func waitForChange(atMost limit: Duration) async { await wake.sleep(atMost: limit) }
}
