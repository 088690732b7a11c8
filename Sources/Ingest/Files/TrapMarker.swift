#if DEBUG
  internal import Foundation
  internal import LogModel

  /// A record that ends a debug build: `PGTRAWL_TRAP_MARKER=TEXT`, any record with the text. What becomes
  /// of such a record can be tried so.
  enum TrapMarker {
    private static let marker: [UInt8]? = ProcessInfo.processInfo
      .environment["PGTRAWL_TRAP_MARKER"].map { Array($0.utf8) }

    static func check(_ batch: RecordBatch) {
      guard let marker, !marker.isEmpty else { return }
      for record in batch.records {
        let start = Int(record.offset - batch.startOffset)
        let bytes = batch.bytes[start..<start + Int(record.length)]
        let isMarked = bytes.indices.contains { bytes[$0...].starts(with: marker) }
        precondition(!isMarked, "the trap marker")
      }
    }
  }
#endif
