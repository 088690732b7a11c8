import Ingest
import Synchronization

/// The pulses of all sources that are followed.
final class TailPulses: Sendable {
  private let pulses = Mutex<[String: TailPulse]>([:])

  func add(_ pulse: TailPulse, of source: String) { pulses.withLock { $0[source] = pulse } }

  func remove(_ source: String) { pulses.withLock { $0[source] = nil } }

  /// Whether every source makes progress.
  var areAlive: Bool { pulses.withLock { $0.values.allSatisfy { $0.isAlive() } } }
}
