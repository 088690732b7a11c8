internal import Digest
internal import LogModel

/// A batch with its rows encoded, made once and used by every attempt to commit it.
struct PreparedBatch {
  let batch: FactBatch
  let checkpoint: Checkpoint
  let source: Int32
  let rejectedBytes: RejectedBytes
  let executions: RowBuffer
  let plans: RowBuffer
  let events: RowBuffer
  /// Links that the store does not have yet.
  let links: RowBuffer
  let rejects: [RejectRow]
  /// What may become a sample when no row is refused.
  let samples: [SampleCandidate]
  /// What the batch adds to each file when no row is refused; retractions come on top.
  let deltas: [Int64: FileDelta]
  /// Whose hours it touches.
  let hours: TouchedHours

  init(_ batch: FactBatch, _ checkpoint: Checkpoint, source: Int32, rejectedBytes: RejectedBytes) {
    self.batch = batch
    self.checkpoint = checkpoint
    self.source = source
    self.rejectedBytes = rejectedBytes
    (executions, plans, events, links) = FactEncoder.withBytes(of: batch, source: source) {
      (
        $0.executions(batch.executions), $0.plans(batch.plans), $0.events(batch.events),
        $0.links(batch.links.filter { !$0.replacesStored })
      )
    }
    rejects = batch.rejects.map { reject in
      let bytes = Array(batch.bytes[reject.bytes.indices])
      return RejectRow(
        file: batch.file, offset: reject.offset, length: Int64(reject.length),
        reason: reject.reason, hash: SHA256Hash.of(bytes),
        bytes: rejectedBytes.kept(bytes))
    }
    samples = SampleCandidate.all(of: batch)
    deltas = Self.deltas(of: batch)
    hours = TouchedHours(of: batch)
  }

  /// Every file whose row the transaction writes, ascending.
  var files: [Int64] {
    var files = Set(deltas.keys)
    files.insert(batch.file)
    for key in batch.retractions { files.insert(key.key.file) }
    for amendment in batch.amendments {
      files.insert(amendment.stored.key.file)
      files.insert(amendment.row.key.file)
    }
    for event in batch.eventRetractions { files.insert(event.key.file) }
    return files.sorted()
  }

  /// The bytes of the record that starts at `offset`, with its newline; nil when the batch does not
  /// hold them. A csvlog record ends with the first newline outside quotes.
  func record(at key: FactKey) -> ArraySlice<UInt8>? {
    let start = Int(key.offset - batch.startOffset)
    guard key.file == batch.file, start >= 0, start < batch.rawCount else { return nil }
    var isQuoted = false
    for at in start..<batch.rawCount {
      switch batch.bytes[at] {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: "\n") where !isQuoted: return batch.bytes[start...at]
      default: break
      }
    }
    return batch.bytes[start..<batch.rawCount]
  }

  private static func deltas(of batch: FactBatch) -> [Int64: FileDelta] {
    var deltas: [Int64: FileDelta] = [:]
    for (file, dispositions) in batch.dispositions {
      deltas[file, default: FileDelta()].dispositions = dispositions
    }
    for row in batch.executions {
      deltas[row.key.file, default: FileDelta()].executions.add(row.key.offset)
    }
    for row in batch.plans { deltas[row.key.file, default: FileDelta()].plans.add(row.key.offset) }
    for row in batch.events {
      deltas[row.key.file, default: FileDelta()].events.add(row.key.offset)
    }
    for reject in batch.rejects {
      deltas[batch.file, default: FileDelta()].rejects.add(reject.offset)
    }
    return deltas
  }
}
