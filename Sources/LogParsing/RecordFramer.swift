/// Finds where csvlog records end: PostgreSQL quotes every text field, doubles the quotes inside
/// and leaves newlines raw, so a record ends at a newline outside quotes.
///
/// The check is strict: a quote opens a field at its first byte and closes it before a comma or the
/// end of the record. PostgreSQL writes nothing else, so anything else is a torn record, and it is
/// noticed at the first wrong quote instead of at the end of the file.
struct RecordFramer {
  /// Field ends of the last framed record: positions of the commas, and of the newline.
  private(set) var separators: [Int] = []
  /// Whether a field of the last framed record has doubled quotes.
  private(set) var hasDoubledQuotes = false

  enum Outcome: Equatable {
    /// The record ends before this position (one past its newline).
    case record(end: Int)
    /// The quotes are wrong at this position: no record.
    case torn(at: Int)
    /// The bytes end inside the record.
    case unfinished
  }

  /// Lookalikes of record starts that a record may hold in its texts before it is taken for a torn
  /// one that swallows its successors.
  static let lookalikesMax = 40

  /// Frames the record that starts at `start`.
  mutating func frame(_ base: UnsafePointer<UInt8>, start: Int, end: Int) -> Outcome {
    separators.removeAll(keepingCapacity: true)
    hasDoubledQuotes = false
    var at = start
    while true {
      // at the first byte of a field
      guard at < end else { return .unfinished }
      if base[at] == UInt8(ascii: "\"") {
        at &+= 1
        while true {
          at = Bytes.find(UInt8(ascii: "\""), base, from: at, end: end) &+ 1
          guard at < end else { return .unfinished }
          guard base[at] == UInt8(ascii: "\"") else { break }
          hasDoubledQuotes = true
          at &+= 1
        }
        guard base[at] == UInt8(ascii: ",") || base[at] == UInt8(ascii: "\n") else {
          // A server on Windows ends its lines with CR LF.
          guard base[at] == UInt8(ascii: "\r") else { return .torn(at: at) }
          guard at &+ 1 < end else { return .unfinished }
          guard base[at &+ 1] == UInt8(ascii: "\n") else { return .torn(at: at) }
          at &+= 1
          separators.append(at &- 1)
          return .record(end: at &+ 1)
        }
      } else {
        while at < end, base[at] != UInt8(ascii: ","), base[at] != UInt8(ascii: "\n") {
          guard base[at] != UInt8(ascii: "\"") else { return .torn(at: at) }
          at &+= 1
        }
        guard at < end else { return .unfinished }
      }
      separators.append(at)
      if base[at] == UInt8(ascii: "\n") { return .record(end: at &+ 1) }
      at &+= 1
    }
  }

  /// Position of the first line in `(start, end)` that looks like the start of a record; nil when
  /// there is none. `isCertain` is false when the bytes end before that can be told.
  static func nextStart(
    _ base: UnsafePointer<UInt8>, after start: Int, end: Int
  ) -> (start: Int?, isCertain: Bool) {
    var at = Bytes.find(UInt8(ascii: "\n"), base, from: start, end: end) &+ 1
    while at < end {
      switch RecordStart.matches(base, at: at, end: end) {
      case .yes: return (at, true)
      case .needsMoreBytes: return (nil, false)
      case .no: at = Bytes.find(UInt8(ascii: "\n"), base, from: at, end: end) &+ 1
      }
    }
    return (nil, false)
  }

  /// Whether more than `lookalikesMax` lines inside `[start, end)` look like starts of records.
  static func hasTooManyLookalikes(
    _ base: UnsafePointer<UInt8>, start: Int, end: Int
  ) -> Bool {
    // The shortest start has 44 bytes: shorter records cannot hold so many.
    guard end &- start > lookalikesMax * 44 else { return false }
    var count = 0
    var at = Bytes.find(UInt8(ascii: "\n"), base, from: start, end: end) &+ 1
    while at < end {
      let digit = base[at] >= 48 && base[at] <= 57
      if digit, RecordStart.matches(base, at: at, end: end) == .yes {
        count += 1
        if count > lookalikesMax { return true }
      }
      at = Bytes.find(UInt8(ascii: "\n"), base, from: at, end: end) &+ 1
    }
    return false
  }
}
