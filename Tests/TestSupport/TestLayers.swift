internal import Foundation

/// Which layers of the schema the stores of tests have.
public enum TestLayers {
  /// `PGTRAWL_TEST_LAYERS=core`: stores are brought up, and the layers above the core are taken away again, so
  /// that tests of import and tail show that these need nothing of them.
  public static let isCoreAlone =
    ProcessInfo.processInfo.environment["PGTRAWL_TEST_LAYERS"] == "core"
}
