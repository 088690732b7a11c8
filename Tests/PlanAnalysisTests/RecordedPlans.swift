import Foundation
import Gzip
import LogModel
import LogParsing
import PlanAnalysis
import TestSupport

/// A plan as a server wrote it, and where it was found.
struct RecordedPlan: Sendable {
  var origin: String
  var application: String
  var json: [UInt8]
  /// auto_explain's duration in ms.
  var durationMs: Double?
  /// The statement's own record in ms, where it is the next one of its session.
  var statementMs: Double?

  /// What the log says besides the plan.
  var context: PlanContext {
    var context = PlanContext()
    context.durationMs = durationMs
    context.statementMs = statementMs
    return context
  }
}

/// The plans of files and of recorded logs.
enum RecordedPlans {
  /// EXPLAIN's plans under `fixtures/plans`.
  static func fixtures() throws -> [RecordedPlan] {
    let folder = Fixture.path("plans")
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
      RecordedPlan(
        origin: name, application: "", json: try Fixture.bytes("plans/" + name))
    }
  }

  /// auto_explain's plans in the csvlog fixtures.
  static func logged() throws -> [RecordedPlan] {
    try files(in: Fixture.path("csvlog")).flatMap { try plans(inLog: $0) }
  }

  /// Those of `PGTRAWL_CORPUS`, a file at a time.
  static func corpusFiles() throws -> [String] {
    guard let folder = TestAmount.corpus else { return [] }
    return try files(in: folder)
  }

  private static func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }.sorted()
      .map { folder + "/" + $0 }
  }

  /// Any zone, since no time matters here.
  private struct AnyZone: ZoneResolving {
    func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning { .offset(seconds: 0) }
  }

  static func plans(inLog path: String) throws -> [RecordedPlan] {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    if path.hasSuffix(".gz") { bytes = try inflated(bytes) }
    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: AnyZone())
    parser.append(bytes)
    var found: [RecordedPlan] = []
    let name = path.split(separator: "/").last ?? ""
    // The last plan of a session, until the session's next record.
    var waiting: [SessionID: Int] = [:]
    while let batch = try parser.parse(.finished) {
      for record in batch.records {
        if let index = waiting.removeValue(forKey: record.session),
          record.kind == .durationStatement
        {
          found[index].statementMs = Double(record.durationMicros) / 1000
        }
        guard record.plan >= 0 else { continue }
        let plan = batch.plans[Int(record.plan)]
        guard plan.format == .json else { continue }
        waiting[record.session] = found.count
        found.append(
          RecordedPlan(
            origin: "\(name)@\(record.offset)",
            application: String(decoding: batch.bytes[record.application.indices], as: UTF8.self),
            json: Array(batch.bytes[plan.body.indices]),
            durationMs: Double(record.durationMicros) / 1000))
      }
    }
    return found
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
