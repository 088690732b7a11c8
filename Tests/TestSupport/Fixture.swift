public import Foundation

/// Files that tests read, under `fixtures/` at the top of the package.
public enum Fixture {
  /// The package's directory, as it was when the tests were built.
  public static let packageDirectory: URL =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The path of `fixtures/<name>`; it need not exist.
  public static func path(_ name: String) -> String {
    packageDirectory.appendingPathComponent("fixtures").appendingPathComponent(name).path
  }

  /// The bytes of `fixtures/<name>`.
  public static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}
