internal import LogModel
internal import LogSource
import Synchronization

/// How the files begin that were registered last: a small file that begins differently is no part of
/// them, and need not be compared with each on disk.
final class RegisteredBeginnings: Sendable {
  /// More than the newest files that a small one is compared with.
  private static let filesMax = 64
  /// Enough of a record to tell logs apart: its time, user, database and process.
  private static let bytesMax = 64

  private struct Beginning: Sendable {
    var file: Int64
    /// A file's number may be given anew after it was forgotten.
    var epoch: Int32
    var bytes: [UInt8]
  }

  private let known = Mutex<[Beginning]>([])

  /// Notes the first bytes of a file that was registered now.
  func note(_ generation: Generation, _ head: [UInt8]) {
    let new = Beginning(
      file: generation.id, epoch: generation.epoch, bytes: Array(head.prefix(Self.bytesMax)))
    known.withLock { known in
      if known.count == Self.filesMax { known.removeFirst() }
      known.append(new)
    }
  }

  /// Whether a file may begin with the bytes of `head`; true where it is not known.
  func mayBegin(_ generation: Generation, with head: [UInt8]) -> Bool {
    known.withLock { known in
      guard
        let own = known.last(where: { $0.file == generation.id && $0.epoch == generation.epoch })
      else { return true }
      return zip(own.bytes, head).allSatisfy { $0 == $1 }
    }
  }
}
