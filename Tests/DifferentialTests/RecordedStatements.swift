import Foundation
import Gzip
import LogModel
import LogParsing
import TestSupport

/// The statements of recorded logs.
enum RecordedStatements {
  /// Those of the fixtures, and of `PGTRAWL_CORPUS` where it is set.
  static func all() throws -> [String] {
    let recorded = String(decoding: try Fixture.bytes("sql/recorded.txt"), as: UTF8.self)
    var texts = Set(recorded.components(separatedBy: "\n%%\n"))
    for log in try logs(["csvlog"]) { texts.formUnion(try statements(log)) }
    return texts.sorted()
  }

  /// The csvlogs of these folders of the fixtures, and of `PGTRAWL_CORPUS` where it is set.
  static func logs(_ fixtures: [String]) throws -> [String] {
    try (fixtures.map { Fixture.path($0) } + [TestAmount.corpus].compactMap { $0 })
      .flatMap { folder in
        try FileManager.default.contentsOfDirectory(atPath: folder)
          .filter { $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }.sorted()
          .map { folder + "/" + $0 }
      }
  }

  /// Any zone, since no time matters here.
  private struct AnyZone: ZoneResolving {
    func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning { .offset(seconds: 0) }
  }

  /// Every batch of a log.
  static func read(_ path: String, _ body: (RecordBatch) -> Void) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    if path.hasSuffix(".gz") { bytes = try inflated(bytes) }
    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: AnyZone())
    parser.append(bytes)
    while let batch = try parser.parse(.finished) { body(batch) }
  }

  private static func statements(_ path: String) throws -> Set<String> {
    var texts: Set<String> = []
    try read(path) { batch in
      for record in batch.records {
        var ranges = [record.text, record.statement, record.internalQuery]
        if record.plan >= 0 { ranges.append(batch.plans[Int(record.plan)].queryText) }
        // Very long texts say nothing more, and take minutes.
        for range in ranges where !range.isEmpty && range.count < 20_000 {
          texts.insert(String(decoding: batch.bytes[range.indices], as: UTF8.self))
        }
      }
    }
    return texts
  }

  private static func inflated(_ input: [UInt8]) throws -> [UInt8] {
    var inflater = try Inflater()
    var output: [UInt8] = []
    var at = 0
    while true {
      var consumed = 0
      let piece = [UInt8](capacity: 1 << 20) { span in
        consumed = inflater.inflate(input.span.bytes.extracting(droppingFirst: at), into: &span)
      }
      guard consumed > 0 || !piece.isEmpty else { return output }
      at += consumed
      output += piece
    }
  }
}
