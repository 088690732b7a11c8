import Foundation

/// How much of the long tests is run; more of it where the environment says so.
public enum TestAmount {
  /// `PGTRAWL_TEST_CUTS`: random pieces that a log is cut into.
  public static let cuts = number("PGTRAWL_TEST_CUTS", 60)
  /// `PGTRAWL_TEST_STRIDE`: every so many bytes a log is cut.
  public static let byteStride = number("PGTRAWL_TEST_STRIDE", 97)
  /// `PGTRAWL_TEST_ORDERS`: random ways to divide a log into files and to read them.
  public static let orders = number("PGTRAWL_TEST_ORDERS", 20)

  private static func number(_ name: String, _ usual: Int) -> Int {
    Int(ProcessInfo.processInfo.environment[name] ?? "") ?? usual
  }
}
