import Foundation
import LogModel
import QueryShape
import SQLText
import TestSupport
import Testing

/// The identity of queries beside PostgreSQL's own grammar.
@Suite struct QueryIdentityTests {
  /// By query id, the first text and what the grammar makes of it.
  private struct Seen {
    private var forms: [Int64: (text: String, form: String)] = [:]
    private var identifier = QueryIdentifier(entriesMax: 50_000, seed: 3)

    /// The id, found by shape in the cache or made anew.
    mutating func id(_ text: String) -> Int64 {
      Array(text.utf8).withUnsafeBufferPointer { identifier.identify($0).id }
    }

    /// Notes a text; false when the grammar refuses it. Two queries of one id are an issue.
    mutating func add(_ text: String) -> Bool {
      guard let form = GrammarForm.of(text) else { return false }
      let id = id(text)
      if let first = forms[id] {
        if first.form != form {
          Issue.record("one id for two queries:\n\(first.text)\n\(text)\n\(first.form)\n\(form)")
        }
      } else {
        forms[id] = (text, form)
      }
      return true
    }

    var count: Int { forms.count }
  }

  private static func generated(seed: UInt64) -> [String] {
    var generator = StatementGenerator(seed: seed + TestAmount.seed)
    return (0..<TestAmount.statements).map { _ in generator.statement() }
  }

  @Test func mostOfWhatIsMadeIsAccepted() {
    let texts = Self.generated(seed: 1)
    let accepted = texts.count { GrammarForm.of($0) != nil }
    #expect(accepted * 10 > texts.count * 8, "\(accepted) of \(texts.count)")
  }

  /// Tokens begin and end where PostgreSQL's scanner has them. It makes three of `U&'' UESCAPE ''`.
  @Test func tokensAreThoseOfTheScanner() throws {
    var variation = StatementVariation(random: SeededGenerator(seed: 8 + TestAmount.seed))
    var compared = 0
    for text in try RecordedStatements.all() + Self.generated(seed: 4) {
      guard let scan = GrammarScan(text) else { continue }
      for text in [text, variation.neighbour(scan), variation.rewritten(scan)] {
        guard let scan = GrammarScan(text), !text.lowercased().contains("u&") else { continue }
        compared += 1
        let expected = scan.tokens.filter { $0.kind != .comment }.map(\.range)
        let found = Self.tokens(text)
        if found != expected { Issue.record("\(text)\n\(found)\n\(expected)") }
      }
    }
    #expect(compared > 2 * TestAmount.statements)
  }

  private static func tokens(_ text: String) -> [Range<Int>] {
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      var lexer = SQLLexer(bytes)
      var ranges: [Range<Int>] = []
      while true {
        let token = lexer.next()
        if token.kind == .endOfText { return ranges }
        ranges.append(token.start..<token.end)
      }
    }
  }

  @Test func twoQueriesNeverHaveOneID() throws {
    var seen = Seen()
    var variation = StatementVariation(random: SeededGenerator(seed: 5 + TestAmount.seed))
    var neighbours = 0
    for text in try RecordedStatements.all() + Self.generated(seed: 1) {
      guard seen.add(text), let scan = GrammarScan(text) else { continue }
      for _ in 0..<8 where seen.add(variation.neighbour(scan)) { neighbours += 1 }
    }
    // Neighbours that the grammar accepts are what the test is made of.
    #expect(neighbours > TestAmount.statements)
    #expect(seen.count > TestAmount.statements)
  }

  /// All short texts of a few words: where NULL, signs, lists and rows are told from each other.
  @Test(arguments: [
    ("select a", "is not null true unknown distinct from 1"),
    ("select", "- 1 a 'x' ::int ( ) not null"),
    ("select a in (", "1 , - a null ::int ( ) 1)"),
    ("values (1", "), ( 1 , a default null )"),
    ("select array[", "1 , ] [ a - null array[ ::int"),
    ("set a", "= to b , 1 default null in ( on"),
    ("create table t (a int", "not null default 1 true check ( ) unique"),
    ("select date", "'x' a 1 , - . as \"a\" interval"),
    ("select", "by return - 1 'x' + between like"),
  ])
  func shortTextsAreApart(start: String, words: String) {
    let words = words.split(separator: " ").map(String.init)
    var seen = Seen()
    var texts = [start]
    for _ in 0..<TestAmount.words {
      texts = texts.flatMap { text in words.map { text + " " + $0 } }
      for text in texts {
        for close in ["", ")", "]"] where seen.add(text + close) { break }
      }
    }
    #expect(seen.count > 2)
  }

  /// What the grammar's form leaves out and the identity does not.
  @Test(arguments: [
    ("select - 'x'", "select 'x'"), ("select -$1", "select $1"), ("select - - 1", "select - 1"),
    ("fetch 5 from c", "fetch backward 5 from c"), ("select -a", "select a"),
    ("select a - 1", "select a, -1"),
  ])
  func signsOfWhatIsNoNumberCount(a: String, b: String) {
    var seen = Seen()
    #expect(seen.id(a) != seen.id(b))
  }

  @Test func aQueryHasOneIDHoweverItIsWritten() throws {
    var seen = Seen()
    var variation = StatementVariation(random: SeededGenerator(seed: 6 + TestAmount.seed))
    var compared = 0
    for text in try RecordedStatements.all() + Self.generated(seed: 2) {
      guard let form = GrammarForm.of(text), let scan = GrammarScan(text) else { continue }
      let id = seen.id(text)
      for _ in 0..<3 {
        let other = variation.rewritten(scan)
        guard GrammarForm.of(other) == form else { continue }
        compared += 1
        if seen.id(other) != id { Issue.record("two ids for one query:\n\(text)\n\(other)") }
      }
    }
    #expect(compared > TestAmount.statements)
  }

  @Test func theCacheChangesNoID() throws {
    var cached = QueryIdentifier(entriesMax: 50_000, seed: 3)
    var variation = StatementVariation(random: SeededGenerator(seed: 7 + TestAmount.seed))
    for text in try RecordedStatements.all() + Self.generated(seed: 3) {
      let neighbour = GrammarScan(text).map { variation.neighbour($0) }
      for text in [text, neighbour].compactMap({ $0 }) {
        var fresh = QueryIdentifier(entriesMax: 2, seed: 3)
        let bytes = Array(text.utf8)
        let ids = bytes.withUnsafeBufferPointer { (cached.identify($0).id, fresh.identify($0).id) }
        #expect(ids.0 == ids.1, "\(text)")
      }
    }
  }
}
