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
    for folder in [Fixture.path("csvlog"), TestAmount.corpus].compactMap({ $0 }) {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }
      for name in names { texts.formUnion(try statements(folder + "/" + name)) }
    }
    return texts.sorted()
  }

  /// Any zone, since no time matters here.
  private struct AnyZone: ZoneResolving {
    func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning { .offset(seconds: 0) }
  }

  private static func statements(_ path: String) throws -> Set<String> {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    if path.hasSuffix(".gz") { bytes = try inflated(bytes) }
    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: AnyZone())
    parser.append(bytes)
    var texts: Set<String> = []
    while let batch = try parser.parse(.finished) {
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
