import Testing

@testable import API

struct RequestTests {
  private func failure(_ parameters: [(name: String, value: String)]) -> APIError? {
    do throws(APIError) {
      _ = try ListRequest(Catalog.queries, parameters)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("limit", "0"), ("limit", "1001"), ("limit", "1e3"), ("limit", ""),
    ("sort", "id; DROP TABLE x"),
    ("sort", ""), ("fields", "nothing"), ("fields", ""), ("include", "sources"), ("since", "now"),
    ("fields", "id,,kind"), ("include", ""), ("include", ","), ("include", "plans,"),
    ("since", "infinity"), ("since", "2026-02-30T00:00:00Z"), ("since", "2026-03-01 00:00:00Z"),
    ("since", "2026-03-01T00:00:00"),
    ("since", "2026-03-01T00:00:00+24:00"), ("query", "1"), ("query", "zzzzzzzzzzzzzzzz"),
    ("cursor", "****"), ("cursor", "AAAA"), ("database", "a\0b"), ("page", "2"),
  ])
  func whatCannotBeReadIsNamed(_ name: String, _ value: String) {
    let problem = failure([(name, value)])
    #expect(problem?.status == (name == "cursor" ? 404 : 400))
    #expect(problem?.parameter == name)
  }

  @Test func aParameterGivenTwiceIsRefused() {
    #expect(failure([("limit", "1"), ("limit", "2")])?.parameter == "limit")
  }

  @Test(arguments: [
    ("2026-03-01T00:00:00Z", "2026-03-01 00:00:00+00"),
    ("2026-03-01t00:00:00.123456789z", "2026-03-01 00:00:00.123456+00"),
    ("2024-02-29T23:59:59+05:45", "2024-02-29 18:14:59+00"),
    ("2026-12-31T23:30:00.5-16:36", "2027-01-01 16:06:00.5+00"),
    ("0000-02-29T00:00:00Z", "0001-02-29 00:00:00+00 BC"),
    ("0001-01-01T00:00:00+00:01", "0001-12-31 23:59:00+00 BC"),
    ("1969-12-31T23:59:60Z", "1969-12-31 23:59:60+00"),
  ])
  func timesAreThoseOfTheStandard(_ text: String, _ canonical: String) {
    #expect(RFC3339.canonical(text) == canonical)
  }

  @Test func base64IsTheStandards() throws {
    // RFC 4648, section 10.
    let known = [
      "": "", "f": "Zg", "fo": "Zm8", "foo": "Zm9v", "foob": "Zm9vYg", "fooba": "Zm9vYmE",
    ]
    for (plain, coded) in known {
      #expect(Base64URL.encode(Array(plain.utf8)) == coded)
      #expect(Base64URL.decode(coded) == Array(plain.utf8))
    }
    #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    #expect(Base64URL.decode("Z") == nil)
  }

  @Test func aCursorIsGoodForItsRequestOnly() throws {
    let cursor = Cursor(values: ["1.5", "-3"])
    let text = cursor.text(mark: 7)
    #expect(try Cursor(text, mark: 7, count: 2) == cursor)
    #expect(throws: APIError.self) { try Cursor(text, mark: 8, count: 2) }
    #expect(throws: APIError.self) { try Cursor(text, mark: 7, count: 3) }
  }

  @Test func namesOfQueriesAreSixteenDigits() {
    #expect(QueryName.id("ffffffffffffffff") == -1)
    #expect(QueryName.text(-1) == "ffffffffffffffff")
    #expect(QueryName.text(10) == "000000000000000a")
    #expect(QueryName.id("+fffffffffffffff") == nil)
    #expect(FactName.parts("12-345")?.offset == 345)
    #expect(FactName.parts("12--345") == nil)
    #expect(FactName.parts("9223372036854775808-1") == nil)
  }

  @Test func textInJSONIsHarmless() {
    #expect(JSONText.quoted("a\"\\\n</\u{1}\u{2028}") == #""a\"\\\n\u003c/\u0001\u2028""#)
  }
}
