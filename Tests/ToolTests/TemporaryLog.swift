import Foundation

/// A csvlog that is removed at the end.
final class TemporaryLog: Sendable {
  let path: String

  init(_ text: String) throws {
    path = NSTemporaryDirectory() + "pgtrawl-log-\(UUID().uuidString).csv"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
