import AsyncAlgorithms
import Synchronization

/// The bounded channel between two stages of a pipeline. It carries batches, never single records:
/// a send costs about a microsecond, which is nothing for a batch and ruinous for a record.
///
/// A full link suspends its producer, so memory is bounded by the capacities. When the producer
/// fails, its consumer gets the error behind what was sent before; when the consumer is gone, the
/// producer's next send throws `StageLinkClosed`.
///
/// - Invariant: one producer and one consumer; `produce` and `batches` are each used once.
public final class StageLink<Batch: Sendable>: Sendable {
  private typealias Channel = MultiProducerSingleConsumerAsyncChannel<Batch, any Error>

  private let source: Mutex<Channel.Source?>
  private let sequence: any AsyncSequence<Batch, any Error> & Sendable

  /// A link that holds at most `capacity` batches.
  public init(capacity: Int) {
    precondition(capacity > 0, "a link holds at least one batch")
    var made = Channel.makeChannel(
      of: Batch.self, throwing: (any Error).self,
      backpressureStrategy: .watermark(low: capacity, high: capacity))
    let channel = made.takeChannel()
    source = Mutex(made.source)
    sequence = channel.elements()
  }

  /// The batches in the order they were sent.
  public var batches: any AsyncSequence<Batch, any Error> & Sendable { sequence }

  /// Runs the producer; when it returns the link is finished, when it throws its consumer is told.
  public func produce(
    _ body: (inout StageSender<Batch>) async throws -> Void
  ) async throws {
    let taken = source.withLock { $0.take() }
    guard let taken else { preconditionFailure("a link has one producer") }
    var sender = StageSender(source: taken)
    do {
      try await body(&sender)
    } catch {
      sender.finish(throwing: error)
      throw error
    }
    sender.finish(throwing: nil)
  }
}

/// The producer's end of a `StageLink`.
public struct StageSender<Batch: Sendable>: ~Copyable {
  private var source: MultiProducerSingleConsumerAsyncChannel<Batch, any Error>.Source

  fileprivate init(
    source: consuming MultiProducerSingleConsumerAsyncChannel<Batch, any Error>.Source
  ) {
    self.source = source
  }

  /// Hands on a batch; suspends while the link is full.
  ///
  /// - Throws: `StageLinkClosed` when nobody takes batches any more, `CancellationError` when the
  ///   task is cancelled.
  public mutating func send(_ batch: Batch) async throws {
    try Task.checkCancellation()
    do {
      try await source.send(batch)
    } catch is MultiProducerSingleConsumerAsyncChannelAlreadyFinishedError {
      throw StageLinkClosed()
    }
  }

  fileprivate consuming func finish(throwing error: (any Error)?) {
    source.finish(throwing: error)
  }
}

/// The consumer of a link has gone; the reason is the error that it ended with.
public struct StageLinkClosed: Error, Sendable, Equatable {
  /// The error.
  public init() {}
}
