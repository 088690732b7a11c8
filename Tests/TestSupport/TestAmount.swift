import Foundation

/// How much of the long tests is run; more of it where the environment says so.
public enum TestAmount {
  /// `PGTRAWL_TEST_CUTS`: random pieces that a log is cut into.
  public static let cuts = number("PGTRAWL_TEST_CUTS", 60)
  /// `PGTRAWL_TEST_STRIDE`: every so many bytes a log is cut.
  public static let byteStride = number("PGTRAWL_TEST_STRIDE", 97)
  /// `PGTRAWL_TEST_ORDERS`: random ways to divide a log into files and to read them.
  public static let orders = number("PGTRAWL_TEST_ORDERS", 20)
  /// `PGTRAWL_TEST_STATEMENTS`: statements that are made.
  public static let statements = number("PGTRAWL_TEST_STATEMENTS", 300)
  /// `PGTRAWL_TEST_RECORDS`: records of csvlog that are made.
  public static let records = number("PGTRAWL_TEST_RECORDS", 2000)
  /// `PGTRAWL_TEST_PLANS`: plan documents that are made.
  public static let plans = number("PGTRAWL_TEST_PLANS", 4000)
  /// `PGTRAWL_TEST_WORDS`: words that short statements are made of, in every order.
  public static let words = number("PGTRAWL_TEST_WORDS", 3)
  /// `PGTRAWL_TEST_SCHEDULES`: random schedules of a simulated tail.
  public static let schedules = number("PGTRAWL_TEST_SCHEDULES", 10_000)
  /// `PGTRAWL_TEST_SCHEDULE`: the seed of the only schedule that is run; -1 = all.
  public static let schedule = number("PGTRAWL_TEST_SCHEDULE", -1)
  /// `PGTRAWL_TEST_SEED`: added to the seeds, so that other statements, records and documents are made.
  public static let seed = UInt64(number("PGTRAWL_TEST_SEED", 0))
  /// `PGTRAWL_CORPUS`: a folder of csvlog files whose statements are read too.
  public static let corpus = ProcessInfo.processInfo.environment["PGTRAWL_CORPUS"]

  private static func number(_ name: String, _ usual: Int) -> Int {
    Int(ProcessInfo.processInfo.environment[name] ?? "") ?? usual
  }
}
