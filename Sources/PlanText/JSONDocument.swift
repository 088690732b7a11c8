/// A JSON document as a flat list of values that point into its bytes.
///
/// Nothing is converted: numbers stay the text that they were written as (`1.00`, 2^53 + 1), strings
/// are unescaped when they are asked for.
struct JSONDocument: Sendable {
  /// Objects and arrays inside each other.
  static let depthMax = 1000

  /// What a value is.
  enum Kind: UInt8, Sendable { case object, array, string, number, bool, null }

  /// A value, or a key of an object (a string that is followed by its value).
  struct Entry: Sendable {
    var kind: Kind
    /// Bytes of the value; of a string without its quotes.
    var start: Int
    var end: Int
    /// Index of the entry that follows this one and everything inside it.
    var next: Int
  }

  let bytes: [UInt8]
  private(set) var entries: [Entry] = []

  /// The outermost value.
  var root: JSONValue { JSONValue(document: self, index: 0) }

  /// Whether a plan says what only VERBOSE makes it say.
  var isVerbose: Bool {
    entries.contains { entry in
      guard entry.kind == .string else { return false }
      let text = bytes[entry.start..<entry.end]
      return text.elementsEqual("Output".utf8) || text.elementsEqual("Schema".utf8)
    }
  }

  /// Reads `bytes`, which have to be one JSON value.
  init(_ bytes: [UInt8]) throws(PlanTextError) {
    self.bytes = bytes
    var scanner = JSONScanner(bytes)
    try scanner.scan()
    entries = scanner.entries
  }
}

/// One value of a document.
struct JSONValue: Sendable {
  let document: JSONDocument
  let index: Int

  private var entry: JSONDocument.Entry { document.entries[index] }

  var kind: JSONDocument.Kind { entry.kind }

  /// The value as people read it: a string without quotes and escapes, everything else as written.
  var text: String {
    entry.kind == .string
      ? JSONText.unescape(document.bytes[entry.start..<entry.end])
      : String(decoding: document.bytes[entry.start..<entry.end], as: UTF8.self)
  }

  /// The members of an object in their order; none of anything else.
  var members: [(key: String, value: JSONValue)] {
    guard entry.kind == .object else { return [] }
    var list: [(key: String, value: JSONValue)] = []
    var at = index + 1
    while at < entry.next {
      let key = JSONValue(document: document, index: at).text
      let value = JSONValue(document: document, index: at + 1)
      list.append((key, value))
      at = document.entries[at + 1].next
    }
    return list
  }

  /// The elements of an array; none of anything else.
  var elements: [JSONValue] {
    guard entry.kind == .array else { return [] }
    var list: [JSONValue] = []
    var at = index + 1
    while at < entry.next {
      list.append(JSONValue(document: document, index: at))
      at = document.entries[at].next
    }
    return list
  }
}
