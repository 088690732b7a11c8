import Foundation
import LogModel
import LogParsing
import QueryShape
import SQLText
import TestSupport
import Testing

/// Queries as PostgreSQL groups them, by its own id, beside those of `queries.id`: where one of the
/// two tells apart what the other takes for one, the reason is known.
@Suite struct NativeGroupingTests {
  /// Why two statements are one query for one side and two for the other.
  private enum Difference: CaseIterable {
    /// One of ours. PostgreSQL tells lists of other lengths apart, which we collapse.
    case lists
    /// One of ours. Constants of another type, or parameters in place of constants.
    case types
    /// One of ours. PostgreSQL takes utility statements by their text, constants included.
    case utility
    /// One of ours. The name stands for another table: one of the two was made in between, or
    /// search_path was set.
    case relation
    /// One of PostgreSQL's. Names of output columns and of tables' aliases do not count for it.
    case aliases
    /// One of PostgreSQL's. EXPLAIN, DECLARE, PREPARE and the like have the id of what they hold.
    case inner
  }

  /// A statement of a log and PostgreSQL's id of exactly it.
  private struct Statement {
    var text: [UInt8]
    var native: Int64
    var identity: QueryIdentity

    var shown: String { String(decoding: text.prefix(300), as: UTF8.self) }
    var kind: String { identity.statementKind }
  }

  /// The statements of one database in one log.
  private struct Group {
    var statements: [Statement] = []
    /// Texts that change what names stand for.
    var definitions: [String] = []

    mutating func add(_ text: [UInt8], _ native: Int64, _ identifier: inout QueryIdentifier) {
      let identity = text.withUnsafeBufferPointer { identifier.identify($0) }
      statements.append(Statement(text: text, native: native, identity: identity))
    }
  }

  @Test func everyDifferenceIsExplained() throws {
    var seen: [Difference: Int] = [:]
    var compared = 0
    for log in try RecordedStatements.logs(["csvlog", "special"]) where !Self.isDamaged(log) {
      for (database, group) in try Self.groups(log) {
        compared += group.statements.count
        let ours = Dictionary(grouping: group.statements) { $0.identity.id }
        for statements in ours.values {
          Self.each(statements, by: \.native) { a, b in
            note(Self.split(a, b, group), a, b, "\(log) \(database): one query of ours")
          }
        }
        let natives = Dictionary(grouping: group.statements) { $0.native }
        for statements in natives.values {
          Self.each(statements, by: \.identity.id) { a, b in
            note(Self.joined(a, b), a, b, "\(log) \(database): one query of PostgreSQL's")
          }
        }
      }
    }
    func note(_ difference: Difference?, _ a: Statement, _ b: Statement, _ place: String) {
      if let difference {
        seen[difference, default: 0] += 1
      } else {
        Issue.record("\(place), without a reason:\n\(a.native) \(a.shown)\n\(b.native) \(b.shown)")
      }
    }
    // The fixtures alone have these.
    #expect(compared > 200)
    for difference in [Difference.lists, .aliases] {
      #expect(seen[difference, default: 0] > 0, "\(difference) in \(seen)")
    }
  }

  /// Logs in which records are cut or bytes changed.
  private static func isDamaged(_ log: String) -> Bool {
    ["torn", "nul_byte", "truncated", "corrupt", "latin1"].contains { log.contains($0) }
  }

  /// The first of the statements beside the first of each other value.
  private static func each<Value: Hashable>(
    _ statements: [Statement], by value: (Statement) -> Value,
    _ body: (Statement, Statement) -> Void
  ) {
    guard let first = statements.first else { return }
    var seen: Set<Value> = [value(first)]
    for other in statements where seen.insert(value(other)).inserted { body(first, other) }
  }

  // MARK: - What a log has

  /// Statements whose id is surely theirs: plans that name it, and messages of the simple protocol
  /// with one statement. Other records have the id of what their session did last.
  private static func groups(_ log: String) throws -> [String: Group] {
    var groups: [String: Group] = [:]
    var identifier = QueryIdentifier(entriesMax: 50_000, seed: 3)
    try RecordedStatements.read(log) { batch in
      for record in batch.records {
        let database = String(decoding: batch.bytes[record.database.indices], as: UTF8.self)
        var group = groups[database] ?? Group()
        if record.kind == .plan, record.plan >= 0, record.context.isEmpty {
          let plan = batch.plans[Int(record.plan)]
          if let native = plan.queryIdentifier, native != 0,
            let text = single(batch.bytes[plan.queryText.indices])
          {
            group.add(text, native, &identifier)
          }
        } else if record.kind == .durationStatement, !record.hasStatement, record.context.isEmpty,
          let text = single(batch.bytes[record.text.indices])
        {
          let words = String(decoding: text.prefix(2000), as: UTF8.self).lowercased()
          if ["create", "drop", "alter", "set "].contains(where: { words.hasPrefix($0) }) {
            group.definitions.append(words)
          }
          // The DETAIL says what EXECUTE ran: the id is that one's.
          if record.nativeQueryID != 0, record.detail.isEmpty {
            group.add(text, record.nativeQueryID, &identifier)
          }
        }
        groups[database] = group
      }
    }
    return groups
  }

  /// The text of a message that is one statement.
  private static func single(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    guard !bytes.isEmpty, bytes.count < 20_000 else { return nil }
    let text = Array(bytes)
    return text.withUnsafeBufferPointer { SQLText.split($0).count } == 1 ? text : nil
  }

  // MARK: - Reasons

  /// Why PostgreSQL takes two statements of one of our queries for two.
  private static func split(_ a: Statement, _ b: Statement, _ group: Group) -> Difference? {
    if !isPlannable(a.kind) { return .utility }
    if constants(a.text) != constants(b.text) {
      let collapsed = String(decoding: a.identity.normalizedSQL, as: UTF8.self)
      return collapsed.contains("/*, ... */") ? .lists : .types
    }
    let names = a.identity.relations.map { String($0.split(separator: ".").last ?? "") }
    let isRemade = group.definitions.contains { text in
      text.contains("search_path") || names.contains { !$0.isEmpty && text.contains($0) }
    }
    return isRemade ? .relation : nil
  }

  /// Why two of our queries are one for PostgreSQL.
  private static func joined(_ a: Statement, _ b: Statement) -> Difference? {
    if !isPlannable(a.kind) || !isPlannable(b.kind) { return .inner }
    let isSame = a.identity.family != 0 && a.identity.family == b.identity.family
    return isSame ? .aliases : nil
  }

  private static func isPlannable(_ kind: String) -> Bool {
    ["select", "insert", "update", "delete", "merge", "values", "with"].contains(kind)
  }

  /// What the constants and parameters of a text are, in order: the type of a number depends on its
  /// size and form.
  private static func constants(_ text: [UInt8]) -> [String] {
    text.withUnsafeBufferPointer { bytes in
      var lexer = SQLLexer(bytes)
      var found: [String] = []
      while true {
        let token = lexer.next()
        let word = String(decoding: bytes[token.start..<token.end], as: UTF8.self).lowercased()
        switch token.kind {
        case .endOfText: return found
        case .string: found.append("string")
        case .parameter: found.append(word)
        case .number:
          found.append(Int32(word) != nil ? "int4" : Int64(word) != nil ? "int8" : "numeric")
        case .word where ["null", "true", "false", "default"].contains(word): found.append(word)
        default: break
        }
      }
    }
  }
}
