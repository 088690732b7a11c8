import SQLText
import Testing

@Suite("Lexer: PostgreSQL's tokens")
struct SQLLexerTests {
  private func tokens(_ text: String) -> [String] {
    withBytes(text) { bytes in
      var lexer = SQLLexer(bytes)
      var found: [String] = []
      while true {
        let token = lexer.next()
        if token.kind == .endOfText { return found }
        let spelling = String(decoding: bytes[token.start..<token.end], as: UTF8.self)
        found.append("\(token.kind) " + spelling + (token.isUnterminated ? " (open)" : ""))
      }
    }
  }

  @Test(
    "one token each",
    arguments: [
      ("'it''s'", "string 'it''s'"), (#"'a\'"#, #"string 'a\'"#), (#"E'a\'b'"#, #"string E'a\'b'"#),
      ("b'01'", "string b'01'"), ("X'1F'", "string X'1F'"), ("N'x'", "string N'x'"),
      ("U&'d!0061' uescape '!'", "string U&'d!0061' uescape '!'"),
      (#"u&"x""#, #"quotedName u&"x""#), (#""a""b""#, #"quotedName "a""b""#),
      ("$$a'b$x$c$$", "string $$a'b$x$c$$"), ("$t$ $$ $t1$ $t$", "string $t$ $$ $t1$ $t$"),
      ("'a' -- x\n 'b'", "string 'a' -- x\n 'b'"), ("$12", "parameter $12"),
      ("1.5e3", "number 1.5e3"), (".5", "number .5"), ("1e-2", "number 1e-2"),
      ("0x1F", "number 0x1F"), ("1_000", "number 1_000"), ("a$1", "word a$1"),
      ("naïve", "word naïve"), ("::", "cast ::"), (":=", "assign :="), ("..", "dots .."),
      ("<=", "symbol <="), ("@-", "symbol @-"), ("->>", "symbol ->>"),
      ("'open", "string 'open (open)"), ("\"open", "quotedName \"open (open)"),
      ("$a$open$a", "string $a$open$a (open)"), ("E'open\\", "string E'open\\ (open)"),
    ])
  func single(text: String, expected: String) { #expect(tokens(text) == [expected]) }

  @Test(
    "several tokens",
    arguments: [
      ("'a' 'b'", ["string 'a'", "string 'b'"]), ("1..2", ["number 1", "dots ..", "number 2"]),
      ("a<-1", ["word a", "symbol <", "symbol -", "number 1"]),
      ("*-1", ["symbol *", "symbol -", "number 1"]), ("+/* x */-", ["symbol +", "symbol -"]),
      ("a--b\nc", ["word a", "word c"]), ("/* /* */ ; */ a", ["word a"]), ("/* open", []),
      ("U&a", ["word U", "symbol &", "word a"]), ("$a", ["other $", "word a"]),
      ("1a", ["number 1", "word a"]), ("e 'x'", ["word e", "string 'x'"]),
      (
        "x[1:2]",
        ["word x", "punctuation [", "number 1", "punctuation :", "number 2", "punctuation ]"]
      ),
      ("a.b", ["word a", "punctuation .", "word b"]), ("", []),
    ])
  func several(text: String, expected: [String]) { #expect(tokens(text) == expected) }

  @Test(
    "long runs of one thing come to an end",
    arguments: ["/*", "(", "'", "''", "\"", "$a$", "+-", "U&'' ", "e'", "in (1,", "values ((1,"])
  func longRuns(unit: String) {
    let text = String(repeating: unit, count: 200_000)
    let shape = withBytes(text) { ShapeHasher(seed: 1).shape($0) }
    #expect(shape == withBytes(text) { ShapeHasher(seed: 1).shape($0) })
    #expect(withBytes(text) { SQLText.canonical($0).bytes.count } < text.utf8.count * 8)
    #expect(withBytes(text) { SQLText.split($0).count } <= 1)
  }
}
