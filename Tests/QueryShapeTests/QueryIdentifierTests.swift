import Foundation
import LogModel
import QueryShape
import Testing

func identity(_ text: String, _ identifier: inout QueryIdentifier) -> QueryIdentity {
  Array(text.utf8).withUnsafeBufferPointer { identifier.identify($0) }
}

func identity(_ text: String) -> QueryIdentity {
  var identifier = QueryIdentifier()
  return identity(text, &identifier)
}

@Suite("Identity of queries")
struct QueryIdentifierTests {
  @Test("ids do not change: they are in stores")
  func fixedIDs() {
    #expect(identity("SELECT 1;").id == QueryIdentifier.id(ofCanonical: Array("select $1".utf8)))
    // The first eight bytes of SHA-256 of `select $1`.
    #expect(String(UInt64(bitPattern: identity("select 'x'").id), radix: 16) == "375fa1233f1f09a8")
  }

  @Test(
    "one query",
    arguments: [
      ("select a from t where id = 1", "SELECT a FROM T\nWHERE id = $1 -- x"),
      ("select * from t where a in (1, 2)", "select * from t where a in ($1)"),
      ("insert into t values (1, 'a'), (2, 'b')", "insert into t values ($1, $2)"),
      ("select * from t where a = null", "select * from t where a = -5"),
      ("set work_mem = '4MB'", "SET work_mem TO '8MB'".replacing("TO", with: "=")),
      ("alter role a password 'x'", "alter role a password 'y'"),
      ("copy t from '/a'", "copy t from '/b'"),
    ])
  func same(a: String, b: String) { #expect(identity(a).id == identity(b).id) }

  @Test(
    "how far the grammar went",
    arguments: [
      ("select 1", ParseStatus.parsed), ("selec 1", .lexed), ("select 'a", .truncated),
      ("select /* a", .truncated), ("", .parsed), ("select \0 1", .lexed),
      (
        "select " + String(repeating: "(", count: 20_000) + "1"
          + String(repeating: ")", count: 20_000),
        .lexed
      ),
    ])
  func status(text: String, expected: ParseStatus) {
    let result = identity(text)
    #expect(result.parseStatus == expected)
    #expect((result.family != 0) == (expected == .parsed))
  }

  @Test("a large text keeps its id and loses its end")
  func oversize() {
    let columns = (0..<120_000).map { "column_\($0)" }.joined(separator: ", ")
    let result = identity("select \(columns) from t")
    #expect(result.parseStatus == .oversize)
    #expect(result.normalizedSQL.count == QueryIdentifier.storedTextBytesMax)
    #expect(result.id == QueryIdentifier.id(ofCanonical: Array("select \(columns) from t".utf8)))
    #expect(result.id != identity("select \(columns) from u").id)
  }

  @Test(
    "kind and relations",
    arguments: [
      (
        "with x as (select 1) select * from s.b, x, a join \"C\" on true", "select",
        ["C", "a", "s.b"]
      ),
      ("insert into b select * from a", "insert", ["a", "b"]), ("begin", "begin", []),
      ("create index i on t (a)", "create index", ["t"]),
      ("prepare p as select * from t", "prepare", ["t"]),
      ("select '\"relname\":\"fake\"'", "select", []), ("update only t set a = 1", "update", ["t"]),
    ])
  func relations(text: String, kind: String, expected: [String]) {
    let result = identity(text)
    #expect(result.statementKind == kind)
    #expect(result.relations == expected)
  }

  @Test("no password is stored, whatever the text is")
  func passwords() {
    let texts = [
      "alter role a password 'S3cret'", "alter rol a password 'S3cret'",
      "connect x password=S3cret",
      "alter role a password \"S3cret\"", "open postgres://u:S3cret@h now",
      "alter role a password 'S3cret",
    ]
    for text in texts {
      let stored = String(decoding: identity(text).normalizedSQL, as: UTF8.self)
      #expect(!stored.lowercased().contains("s3cret"), "\(stored)")
    }
  }

  @Test("the cache is bounded and changes nothing")
  func cache() {
    var small = QueryIdentifier(entriesMax: 10)
    for round in 0..<3 {
      for number in 0..<200 {
        let text = "select \(round) from t\(number) where a = 'x'"
        #expect(identity(text, &small).id == identity("select $1 from t\(number) where a = $2").id)
      }
    }
    let misses = small.misses
    _ = identity("select 9 from t199 where a = 'y'", &small)
    #expect(small.misses == misses)
  }

  @Test(
    "the id of a text that the grammar refuses does not depend on what came before",
    arguments: [
      ("selec 'pass', x, 'b'", "selec 'password=', x, 'b'"),
      ("open postgres://u:S3cret @h", "open postgres://u:S3cret@h"),
      ("open postgres: //u:S3cret@h", "open postgres://u:S3cret@h"),
      ("connect password=a b", "connect password=a/**/b"),
      ("select password = a, interval '1'", "select password = a, interval 1"),
    ])
  func order(a: String, b: String) {
    for (first, second) in [(a, b), (b, a)] {
      var identifier = QueryIdentifier()
      _ = identity(first, &identifier)
      #expect(identity(second, &identifier).id == identity(second).id, "\(second)")
      #expect(identity(first, &identifier).id == identity(first).id, "\(first)")
    }
  }

  @Test("statements about passwords are cached too")
  func cachedPasswords() {
    var identifier = QueryIdentifier()
    for number in 0..<50 {
      _ = identity(
        "select password from users where id = \(number) and a = 'x\(number)'", &identifier)
    }
    #expect(identifier.misses == 1)
  }

  @Test("many tasks at once")
  func tasks() async {
    let expected = (0..<50).map { identity("select * from t\($0) where a = 1").id }
    await withTaskGroup(of: [Int64].self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<50).map { identity("select * from t\($0) where a = \(task)").id }
        }
      }
      for await ids in group { #expect(ids == expected) }
    }
  }

  @Test("the same for constants and for parameters, for recorded statements")
  func constantsAndParameters() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appending(path: "fixtures/sql/recorded.txt")
    let statements = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n%%\n")
    for statement in statements {
      let result = identity(statement)
      guard result.parseStatus == .parsed else { continue }
      let again = identity(String(decoding: result.normalizedSQL, as: UTF8.self))
      #expect(again.id == result.id, "\(statement)")
    }
  }

  @Test(
    "passwords in names are not shown",
    arguments: [
      "select dblink(\"host=h password=S3cret\")", "select \"password=S3cret\"",
      "select * from \"postgres://u:S3cret@h/d\"",
    ])
  func passwordsInNames(text: String) {
    let shown = String(decoding: identity(text).normalizedSQL, as: UTF8.self)
    #expect(!shown.contains("S3cret") && shown.contains("********"), "\(shown)")
    #expect(identity(text).id != identity(text.replacing("S3cret", with: "other")).id)
  }
}
