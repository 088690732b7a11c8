internal import LogModel
internal import LogSource

/// What is to be remembered of a file's content with each checkpoint: its mark, and where inflating can
/// go on. Blocks are read ahead of the checkpoints, so their points wait here.
struct CommittedContent: Sendable {
  private var trail: ContentTrail
  private var points: [GzipPoint] = []

  init(_ trail: ContentTrail) { self.trail = trail }

  /// Takes note of a block that will be part of a batch.
  mutating func expect(_ block: LogBlock) {
    if let point = block.point { points.append(point) }
  }

  /// Goes on over a batch; the checkpoint behind it.
  mutating func checkpoint(
    after batch: borrowing RecordBatch, of generation: Generation
  ) -> Checkpoint {
    trail.absorb(batch.bytes, count: batch.rawCount)
    var checkpoint = Checkpoint(
      file: generation.id, epoch: generation.epoch, from: batch.startOffset, to: batch.endOffset,
      mark: trail.mark())
    checkpoint.point = points.last { $0.offset <= batch.endOffset }
    points.removeAll { $0.offset <= batch.endOffset }
    return checkpoint
  }
}
