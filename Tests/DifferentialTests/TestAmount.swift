import Foundation

/// How much these tests do: what they do when nothing is said takes a few seconds.
enum TestAmount {
  /// Statements that are made, `PGTRAWL_TEST_STATEMENTS`.
  static let statements = number("PGTRAWL_TEST_STATEMENTS") ?? 300
  /// Words of short texts of which all are made, `PGTRAWL_TEST_WORDS`.
  static let words = number("PGTRAWL_TEST_WORDS") ?? 3
  /// Records of csvlog that are made, `PGTRAWL_TEST_RECORDS`.
  static let records = number("PGTRAWL_TEST_RECORDS") ?? 2000
  /// Documents that are made, `PGTRAWL_TEST_PLANS`.
  static let plans = number("PGTRAWL_TEST_PLANS") ?? 4000
  /// Added to the seeds, `PGTRAWL_TEST_SEED`: other statements, records and documents.
  static let seed = UInt64(number("PGTRAWL_TEST_SEED") ?? 0)
  /// A folder of csvlog files whose statements are read too, `PGTRAWL_CORPUS`.
  static let corpus = ProcessInfo.processInfo.environment["PGTRAWL_CORPUS"]

  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }
}
