internal import LogSource

/// Where the files are whose end has not been seen, and which of them are gone.
///
/// A file is gone when no path led to it in any look over a while: its content is not found under
/// another name, and nothing that is held open is it. A pure state machine: looks and the time go in.
struct Whereabouts: Sendable {
  /// How long a file has to be missing: rotation renames, copies and compresses in several steps.
  static let patience = Duration.seconds(5)

  /// A file that is gone.
  struct Missing: Sendable, Equatable {
    var file: Int64
    var path: LogPath
    /// Up to where it was seen; nil when it was not seen by this run, and may have grown meanwhile.
    var end: Int64?
  }

  private struct Place {
    var path: LogPath
    /// The most of it that was seen.
    var size: Int64
    /// Whether this run has seen it.
    var isSeen: Bool
    var missingSince: ContinuousClock.Instant?
  }

  private var places: [Int64: Place] = [:]

  /// A file that an earlier run has seen with so many bytes and that should be there.
  mutating func expect(_ file: Int64, at path: LogPath, size: Int64) {
    guard places[file] == nil else { return }
    places[file] = Place(path: path, size: size, isSeen: false)
  }

  /// A file was seen at a path with so many bytes.
  mutating func see(_ file: Int64, at path: LogPath, size: Int64) {
    places[file] = Place(path: path, size: max(size, places[file]?.size ?? 0), isSeen: true)
  }

  /// Its end has been seen: it may go.
  mutating func finish(_ file: Int64) { places[file] = nil }

  /// Takes a look at everything that can be read: the files that are there, and how much of each: a copy
  /// may hold less than was seen. Returns those that are gone, once.
  mutating func look(
    present: [Int64: Int64], at time: ContinuousClock.Instant
  ) -> [Missing] {
    var gone: [Missing] = []
    for (file, place) in places {
      if let size = present[file], size >= place.size {
        places[file]?.missingSince = nil
        continue
      }
      guard let since = place.missingSince else {
        places[file]?.missingSince = time
        continue
      }
      guard time - since >= Self.patience else { continue }
      gone.append(
        Missing(file: file, path: place.path, end: place.isSeen ? place.size : nil))
      places[file] = nil
    }
    return gone.sorted { $0.file < $1.file }
  }

  /// When a look may find that something is gone; nil when everything is there.
  var nextLook: ContinuousClock.Instant? {
    places.values.compactMap(\.missingSince).min().map { $0 + Self.patience }
  }
}
