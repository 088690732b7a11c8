import LogModel
import Testing

@testable import LogStore

@Suite struct RowBufferTests {
  private func row(_ write: (inout RowWriter) -> Void) -> [UInt8] {
    var buffer = RowBuffer(rows: 1, bytesPerRow: 64)
    buffer.append(columns: 1, bytesMax: 4096, write)
    return Array(buffer.pieces(of: 0..<1)[1].dropFirst(2))
  }

  private static let values: [(String, @Sendable (inout RowWriter) -> Void, [UInt8])] = [
    ("null", { $0.null() }, [255, 255, 255, 255]),
    ("int4", { $0.int(Int32(258)) }, [0, 0, 0, 4, 0, 0, 1, 2]),
    ("int8", { $0.int(Int64(-1)) }, [0, 0, 0, 8] + [UInt8](repeating: 255, count: 8)),
    ("bool", { $0.bool(true) }, [0, 0, 0, 1, 1]),
    ("ms", { $0.milliseconds(1_500) }, [0, 0, 0, 8, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]),
    ("no ms", { $0.milliseconds(nil) }, [255, 255, 255, 255]),
    (
      "2000-01-01", { $0.time(LogTime(microseconds: 946_684_800_000_001)) },
      [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]
    ),
    ("sqlstate", { $0.sqlstate(SQLState("42P01")) }, [0, 0, 0, 5] + Array("42P01".utf8)),
    (
      "session", { $0.session(SessionID(start: 0x6b04_9016, process: 0x6783)) },
      [0, 0, 0, 13] + Array("6b049016.6783".utf8)
    ),
    (
      "least session", { $0.session(SessionID(start: 0, process: 0)) },
      [0, 0, 0, 3] + Array("0.0".utf8)
    ),
    ("text", { $0.text("said") }, [0, 0, 0, 4] + Array("said".utf8)),
  ]

  @Test(arguments: values.indices)
  func writesFields(_ index: Int) {
    let (name, write, expected) = Self.values[index]
    #expect(row(write) == expected, "\(name)")
  }

  @Test func writesJSONBWithItsVersion() {
    let document = Array("{}".utf8)
    #expect(
      row { writer in document.withUnsafeBytes { writer.jsonb($0) } }
        == [0, 0, 0, 3, 1] + document)
  }

  @Test(arguments: [
    "$1 = 'it''s', $2 = NULL", "$1 = ''", "not a list", "$1 = '\u{1F600}', $2 = 'b'",
  ])
  func parametersFitTheirBound(_ text: String) {
    let bytes = Array(text.utf8)
    var scratch: [ParameterList.Value] = []
    let field = row { writer in
      bytes.withUnsafeBufferPointer { writer.parameters($0, scratch: &scratch) }
    }
    #expect(field.count <= RowWriter.parametersBytesMax(bytes.count))
    let length = field.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    #expect(length == field.count - 4)
  }

  @Test func anyRangeOfRowsCanBeSentAlone() {
    var buffer = RowBuffer(rows: 0, bytesPerRow: 0)
    for value in 0..<200 {
      let text = [UInt8](repeating: UInt8(value), count: value * 7)
      buffer.append(columns: 1, bytesMax: 16 + text.count) { writer in
        text.withUnsafeBytes { writer.bytes($0) }
      }
    }
    #expect(buffer.rowCount == 200)
    let whole = Array(buffer.pieces(of: 0..<200)[1])
    let parts = [0..<1, 1..<77, 77..<77, 77..<200].map { Array(buffer.pieces(of: $0)[1]) }
    #expect(parts.flatMap { $0 } == whole)
    #expect(
      Array(buffer.pieces(of: 3..<4)[1]) == [0, 1, 0, 0, 0, 21] + [UInt8](repeating: 3, count: 21))
    #expect(buffer.pieces(of: 0..<1).first?.prefix(6) == Array("PGCOPY".utf8)[...])
    #expect(buffer.pieces(of: 0..<1).last == [255, 255])
  }

  @Test func veryLongTextsStayInTheBatch() {
    let long = RowBuffer.outsideBytesMin
    let bytes = (0..<(2 * long + 10)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let ranges = [0..<3, 5..<(5 + long), 4..<(4 + long - 1), 9..<9, 10..<(10 + 2 * long)]
    var copied = RowBuffer(rows: 0, bytesPerRow: 0)
    var buffer = RowBuffer(rows: 0, bytesPerRow: 0)
    for range in ranges {
      let bound = 40 + RowBuffer.inside(range.count)
      bytes.withUnsafeBytes { all in
        let text = UnsafeRawBufferPointer(rebasing: all[range])
        copied.append(columns: 3, bytesMax: 40 + 3 * range.count) { writer in
          writer.bytes(orNull: text)
          writer.jsonb(text)
          writer.bytes(text)
        }
        buffer.append(columns: 3, bytesMax: 3 * bound) { writer in
          writer.text(orNull: range, of: all)
          writer.jsonb(range, of: all)
          writer.text(range, of: all)
        }
      }
    }
    #expect(buffer.used < 4 * long)
    for rows in [0..<5, 0..<1, 1..<2, 1..<3, 2..<5, 3..<3, 4..<5] {
      let pieces = buffer.pieces(of: rows, beside: bytes)
      #expect(pieces.flatMap { $0 } == copied.pieces(of: rows).flatMap { $0 }, "\(rows)")
    }
  }

  @Test func arraysOfArraysGoAsText() {
    #expect(
      ArrayText.of([Array("a\"b\\c".utf8), nil, []]) == Array(#"{"a\"b\\c",NULL,""}"#.utf8))
    #expect(ArrayText.parameters(Array("$1 = 'it''s'".utf8)[...]) == Array(#"{"it's"}"#.utf8))
    #expect(ArrayText.parameters([]) == nil)
  }

  @Test func monthsAreOfUTC() {
    var batch = FactBatch(file: 1, startOffset: 0, endOffset: 0, bytes: [], rawCount: 0)
    for micros: Int64 in [0, -1, 951_782_399_999_999, 951_868_800_000_000] {
      batch.executions.append(
        ExecutionRow(
          key: FactKey(file: 1, offset: 0), text: .none,
          executedAt: LogTime(microseconds: micros), kind: .said, isExtended: false,
          session: SessionID(start: 1, process: 1), line: 1, process: 1))
    }
    let months = MonthSet(of: batch).months
    #expect(months == [1970 * 12, 1969 * 12 + 11, 2000 * 12 + 1, 2000 * 12 + 2])
    #expect(MonthSet.firstDay(of: 2000 * 12 + 1) == "2000-02-01")
    #expect(MonthSet.firstDay(of: 1999 * 12 + 11) == nil)
  }
}
