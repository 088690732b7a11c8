import LogModel
import LogParsing
import Postgres
import TestSupport
import Testing

/// What the plan reader says of a document beside what the server's `jsonb` says.
@Suite struct PlanDocumentTests {
  private static let function = """
    CREATE FUNCTION kept(document text) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
      RETURN document::jsonb::text;
    EXCEPTION WHEN OTHERS THEN
      RETURN NULL;
    END $$
    """

  /// Facts of the documents, as plans of a log.
  private static func facts(_ documents: [String]) throws -> [PlanFacts] {
    let lines = documents.enumerated().map { index, document in
      CSVLogLine("duration: 1.000 ms  plan:\n" + document, line: index + 1) {
        $0.seconds = 1
      }.text
    }
    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: FixedZones())
    parser.append(Array(lines.joined().utf8))
    guard let batch = try parser.parse(.finished), batch.records.count == documents.count,
      batch.plans.count == documents.count
    else { throw TestFailure("a document was not read as a plan") }
    return batch.plans
  }

  /// Members of all objects of a document: colons outside of strings.
  private static func members(_ document: String) -> Int {
    var count = 0
    var isInside = false
    var isEscaped = false
    for byte in document.utf8 {
      if isEscaped {
        isEscaped = false
      } else if isInside, byte == 0x5C {
        isEscaped = true
      } else if byte == 0x22 {
        isInside.toggle()
      } else if byte == 0x3A, !isInside {
        count += 1
      }
    }
    return count
  }

  private static func kept(_ documents: [String]) async throws -> [String?] {
    let cluster = try await TestCluster.shared()
    let connection = try await PostgresConnection.open(
      conninfo: try await cluster.createDatabase())
    try await connection.execute(function)
    let rows = try await connection.query(
      "SELECT kept(document) FROM unnest($1::text[]) WITH ORDINALITY AS d (document, place) ORDER BY place",
      [.textArray(documents)])
    let kept = rows.map { $0.string(0) }
    await connection.close()
    return kept
  }

  @Test func whatFitsIsTakenByTheServerWithoutLoss() async throws {
    var generator = try GeneratedDocument(seed: 9 + TestAmount.seed)
    let documents = (0..<TestAmount.plans).map { _ in generator.next() }
    let facts = try Self.facts(documents)
    let kept = try await Self.kept(documents)
    var fitting = 0
    var refused = 0
    for ((document, facts), kept) in zip(zip(documents, facts), kept) {
      if facts.fitsJSONB {
        fitting += 1
        guard let kept else {
          Issue.record("the server refuses \(document.debugDescription)")
          continue
        }
        #expect(
          Self.members(kept) == Self.members(document), "members: \(document.debugDescription)")
      } else if kept != nil {
        // What is kept as text although jsonb takes it has another reason.
        let isObject = document.drop { $0.isWhitespace }.first == "{"
        #expect(
          !isObject || "\(facts.unfitReason)" != "the document is not valid JSON",
          "the server takes \(document.debugDescription)")
      } else {
        refused += 1
      }
    }
    // Both kinds, so that neither half of the test is empty.
    #expect(fitting > TestAmount.plans / 5)
    #expect(refused > TestAmount.plans / 5)
  }
}
