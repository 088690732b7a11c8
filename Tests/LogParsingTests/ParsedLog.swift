import LogModel
import LogParsing
import TestSupport

/// A log as the parser reads it, with texts instead of ranges, so that runs can be compared.
struct ParsedLog: Equatable {
  struct Record: Equatable {
    var offset: Int64
    var length: Int
    var time: Int64
    var session: String
    var line: Int64
    var severity: Severity
    var sqlstate: String
    var kind: MessageKind
    var durationMicros: Int64
    var isTranscoded: Bool
    var isWorker: Bool
    var transaction: UInt32
    var nativeQueryID: Int64
    var texts: [String]
    var plan: [String]
  }

  struct Rejected: Equatable {
    var offset: Int64
    var length: Int
    var reason: String
  }

  var records: [Record] = []
  var rejects: [Rejected] = []
  var pendingBytes = 0

  /// Parses `bytes`, handed over in pieces that end at `cuts`; after each piece everything that can
  /// be decided is taken.
  init(
    _ bytes: [UInt8], cuts: [Int] = [], ending: CSVLogParser.Ending = .pending,
    encoding: FallbackEncoding = .latin1, recordBytesMax: Int = CSVLogParser.recordBytesMax
  ) throws {
    var parser = CSVLogParser(
      startOffset: 0, encoding: encoding, zones: FixedZones(), recordBytesMax: recordBytesMax)
    var start = 0
    for cut in cuts + [bytes.count] {
      parser.append(Array(bytes[start..<cut]))
      start = cut
      let isLast = cut == bytes.count
      while let batch = try parser.parse(isLast ? ending : .more) { take(batch) }
    }
    pendingBytes = parser.pendingBytes
  }

  private mutating func take(_ batch: RecordBatch) {
    func text(_ range: ByteRange) -> String {
      String(decoding: batch.bytes[range.indices], as: UTF8.self)
    }
    for record in batch.records {
      var plan: [String] = []
      if record.plan >= 0 {
        let facts = batch.plans[Int(record.plan)]
        plan = [
          "\(facts.format)", text(facts.body), text(facts.queryText), "\(facts.fitsJSONB)",
          "\(facts.queryIdentifier ?? 0)", "\(facts.hasActualLoops)", "\(facts.actualRows ?? -1)",
          "\(facts.hasModifyTable)", "\(facts.rowsAffected ?? -1)", "\(facts.shape)",
          "\(facts.nodes)",
        ]
      }
      records.append(
        Record(
          offset: record.offset, length: record.length, time: record.time.microseconds,
          session: record.session.description, line: record.line, severity: record.severity,
          sqlstate: record.sqlstate.description, kind: record.kind,
          durationMicros: record.durationMicros, isTranscoded: record.isTranscoded,
          isWorker: record.isWorker, transaction: record.localTransaction,
          nativeQueryID: record.nativeQueryID,
          texts: [
            record.user, record.database, record.client, record.application, record.commandTag,
            record.message, record.detail, record.hint, record.context, record.statement,
            record.name, record.text,
          ].map(text), plan: plan))
    }
    for reject in batch.rejects {
      rejects.append(
        Rejected(offset: reject.offset, length: reject.length, reason: reject.reason))
    }
  }

  /// Whether records and rejects cover `[0, end)` without hole or overlap.
  func tiles(_ end: Int) -> Bool {
    let pieces =
      records.map { ($0.offset, $0.length) } + rejects.map { ($0.offset, $0.length) }
    var at: Int64 = 0
    for (offset, length) in pieces.sorted(by: { $0.0 < $1.0 }) {
      guard offset == at else { return false }
      at += Int64(length)
    }
    return at == Int64(end - pendingBytes)
  }
}
