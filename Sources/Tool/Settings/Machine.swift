internal import Foundation

/// What the machine has.
enum Machine {
  /// Processors that this process may use, at least 1.
  static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
