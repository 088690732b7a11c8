import LogModel
import Testing

@Suite struct ParameterListTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var text: String
    /// nil: no list.
    var values: [String?]?
    var testDescription: String { text }
  }

  static let cases: [Case] = [
    Case(text: "$1 = '1'", values: ["1"]),
    Case(text: "$1 = NULL", values: [nil]),
    Case(text: "$1 = ''", values: [""]),
    Case(text: "$1 = 'it''s', $2 = NULL, $3 = 'lon...'", values: ["it's", nil, "lon..."]),
    Case(text: "$1 = '''', $2 = ''''''", values: ["'", "''"]),
    Case(text: "$1 = 'a, $2 = ''b'''", values: ["a, $2 = 'b'"]),
    Case(text: "$1 = 'zwei\nZeilen', $2 = 'NULL'", values: ["zwei\nZeilen", "NULL"]),
    Case(
      text: (1...12).map { "$\($0) = '\($0)'" }.joined(separator: ", "),
      values: (1...12).map { "\($0)" }),
    Case(text: "", values: nil),
    Case(text: "$1 = 'open", values: nil),
    Case(text: "$1 = 'open''", values: nil),
    Case(text: "$2 = 'first is missing'", values: nil),
    Case(text: "$1 = '1', ", values: nil),
    Case(text: "$1 = '1',$2 = '2'", values: nil),
    Case(text: "$1 = NUL", values: nil),
    Case(text: "$1 = NULLS", values: nil),
    Case(text: "$99999999999999999999 = '1'", values: nil),
    Case(text: "unlike all others", values: nil),
  ]

  @Test(arguments: cases)
  func readsValues(_ test: Case) {
    let bytes = Array(test.text.utf8)
    let values = bytes.withUnsafeBufferPointer { buffer -> [String?]? in
      var places: [ParameterList.Value] = []
      guard ParameterList.read(buffer, into: &places) else {
        #expect(places.isEmpty)
        return nil
      }
      return places.map { place in
        guard !place.isNull else { return nil }
        let raw = String(decoding: buffer[place.start..<place.end], as: UTF8.self)
        let value = raw.split(separator: "''", omittingEmptySubsequences: false)
          .joined(separator: "'")
        #expect(place.count == value.utf8.count)
        return value
      }
    }
    #expect(values == test.values)
  }
}
