import LogSource
import Testing

@Suite struct LogPathTests {
  @Test(arguments: [
    ("/var/log/postgresql/a.csv", "/var/log/postgresql/a.csv"),
    ("/grün/日本.csv", "/grün/日本.csv"),
    ("a\nb\tc", "a\\nb\\tc"),
    ("a\u{1B}[31m", "a\\x1B[31m"),
    ("back\\slash", "back\\\\slash"),
    ("\u{202E}gpj", "\\xE2\\x80\\xAEgpj"),
    ("\u{9B}x", "\\xC2\\x9Bx"),
  ])
  func escapesWhatDoesNotPrint(text: String, expected: String) {
    #expect(LogPath(text).escaped == expected)
    #expect(LogPath(escaped: expected) == LogPath(text))
  }

  @Test func bytesThatAreNoTextSurvive() {
    for low in UInt8.min...UInt8.max where low != 0 {
      for high in [0x41, 0x80, 0xC3, 0xE2, 0xFF] as [UInt8] {
        let path = LogPath(bytes: [0x2F, high, low, 0x41, high])
        #expect(LogPath(escaped: path.escaped) == path)
        #expect(!path.escaped.unicodeScalars.contains { $0.value < 0x20 })
      }
    }
    #expect(LogPath(bytes: [0x61, 0xFF, 0x62]).escaped == "a\\xFFb")
  }

  @Test(arguments: [
    ("a.csv.xz", "xz -dc a.csv.xz | pgtrawl import -"),
    ("a b.xz", "xz -dc 'a b.xz' | pgtrawl import -"),
    ("it's.xz", "xz -dc 'it'\\''s.xz' | pgtrawl import -"),
    ("-x.xz", "xz -dc ./-x.xz | pgtrawl import -"),
    ("a\n'b", "xz -dc $'a\\n\\'b' | pgtrawl import -"),
    ("-", "… | xz -dc | pgtrawl import -"),
  ])
  func commandsQuoteNames(name: String, expected: String) {
    #expect(InputProblem.Packing.xz.command(path: LogPath(name)) == expected)
  }

  @Test func argumentsKeepTheirBytes() {
    let arguments: [[UInt8]] = [Array("import".utf8), [0x61, 0xFF], Array("b".utf8)]
    #expect(LogPath(argument: "a\u{FFFD}", of: arguments) == LogPath(bytes: [0x61, 0xFF]))
    #expect(LogPath(argument: "b", of: arguments) == LogPath("b"))
    #expect(LogPath(argument: "\u{FFFD}", of: arguments) == LogPath("\u{FFFD}"))
  }

  @Test func absolutePathsStay() {
    #expect(LogPath("/a/../b").absolute() == LogPath("/a/../b"))
    #expect(LogPath("-").absolute() == LogPath("-"))
    let relative = LogPath("a.csv").absolute().bytes
    #expect(relative.first == UInt8(ascii: "/"))
    #expect(relative.suffix(6).elementsEqual("/a.csv".utf8))
  }
}
