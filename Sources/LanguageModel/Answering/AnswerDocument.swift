internal import Foundation

/// The JSON of an answer, exactly as the schema in `Prompt` wants it.
struct AnswerDocument: Sendable, Equatable {
  var summary: String
  var details: String
  var statement: String?
  var confidence: Double
  var tables: [String]
  var columns: [String]
  var indexes: [String]

  /// Reads the text of a message; models that know no schema put a fence around their JSON.
  static func read(_ content: String) throws(Rejection) -> AnswerDocument {
    let bytes = Data(unfenced(content).utf8)
    guard (try? JSONDecoder().decode(AnyDocument.self, from: bytes)) != nil else { throw .notJSON }
    guard let answer = try? JSONDecoder().decode(AnswerDocument.self, from: bytes) else {
      throw .wrongSchema
    }
    return answer
  }

  private static func unfenced(_ content: String) -> String {
    let text = content.trimmingCharacters(in: .whitespacesAndNewlines)
    guard text.hasPrefix("```"), text.hasSuffix("```"), let line = text.firstIndex(of: "\n"),
      let end = text.index(text.endIndex, offsetBy: -3, limitedBy: line)
    else { return text }
    return String(text[line..<end])
  }
}

extension AnswerDocument: Decodable {
  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static let members: Set<String> = [
    "summary", "details", "statement", "confidence", "tables", "columns", "indexes",
  ]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard Set(container.allKeys.map(\.stringValue)) == Self.members else {
      throw Rejection.wrongSchema
    }
    func text(_ name: String, _ lengths: ClosedRange<Int>) throws -> String {
      let text = try container.decode(String.self, forKey: Key(stringValue: name))
      guard lengths ~= text.unicodeScalars.count else { throw Rejection.wrongSchema }
      return text
    }
    func list(_ name: String, max: Int, length: Int) throws -> [String] {
      let list = try container.decode([String].self, forKey: Key(stringValue: name))
      guard list.count <= max, list.allSatisfy({ 1...length ~= $0.unicodeScalars.count }) else {
        throw Rejection.wrongSchema
      }
      return list
    }
    summary = try text("summary", 1...300)
    details = try text("details", 0...4_000)
    let key = Key(stringValue: "statement")
    statement = try container.decodeNil(forKey: key) ? nil : text("statement", 1...1_000)
    confidence = try container.decode(Double.self, forKey: Key(stringValue: "confidence"))
    guard 0...1 ~= confidence else { throw Rejection.wrongSchema }
    tables = try list("tables", max: 32, length: 130)
    columns = try list("columns", max: 64, length: 200)
    indexes = try list("indexes", max: 32, length: 130)
  }
}

/// Any JSON object: tells garbage from an object of another form.
private struct AnyDocument: Decodable {
  private enum None: CodingKey {}
  init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: None.self) }
}
