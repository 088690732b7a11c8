import Postgres
import Testing

struct PostgresQuotingTests {
  @Test(arguments: [
    ("plain", #""plain""#), ("Two Words", #""Two Words""#), (#"a"b"#, #""a""b""#), ("", #""""#),
    ("a\0b", #""ab""#), ("ключ", #""ключ""#),
  ])
  func identifier(name: String, expected: String) {
    #expect(PostgresQuoting.identifier(name) == expected)
  }

  @Test(arguments: [
    ("plain", "'plain'"), ("it's", "'it''s'"), (#"a\b"#, #" E'a\\b'"#), (#"\'"#, #" E'\\'''"#),
    ("a\0b", "'ab'"),
  ])
  func literal(text: String, expected: String) {
    #expect(PostgresQuoting.literal(text) == expected)
  }
}
