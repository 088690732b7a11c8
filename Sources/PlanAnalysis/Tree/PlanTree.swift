/// A plan as a tree of nodes, read from the JSON of EXPLAIN or auto_explain (PostgreSQL 12 to 18).
///
/// Nothing is lost and nothing is converted: every value stays in the list, known or not, numbers
/// with the digits that they were printed with.
public struct PlanTree: Sendable {
  /// Objects and arrays inside each other; a node and its list of children are two.
  public static let depthMax = 4096
  /// A longer document is not read.
  public static let bytesMax = 64 << 20
  /// A document with more values is not read.
  public static let valuesMax = 2 << 20
  /// A plan with more nodes is not read.
  public static let nodesMax = 1 << 16

  /// The document, then the unescaped texts.
  let bytes: [UInt8]
  let values: [PlanValue]
  let slots: [Int32]
  /// The nodes in the order of output: a node before its children. The first one is the root.
  public let nodes: [PlanNode]

  /// Reads `json`: auto_explain's object, or EXPLAIN's array of one.
  public init(json: [UInt8]) throws(PlanAnalysisError) {
    guard json.count <= Self.bytesMax else {
      throw PlanAnalysisError(code: .tooLarge, offset: Self.bytesMax)
    }
    // Typed errors do not pass through a closure that rethrows.
    let result = json.withUnsafeBufferPointer { buffer -> Result<PlanReader, PlanAnalysisError> in
      guard let base = buffer.baseAddress else {
        return .failure(PlanAnalysisError(code: .invalidJSON, offset: 0))
      }
      var reader = PlanReader(base, count: buffer.count)
      do throws(PlanAnalysisError) {
        try reader.read()
        return .success(reader)
      } catch {
        return .failure(error)
      }
    }
    let reader = try result.get()
    bytes = reader.rewritten.isEmpty ? json : json + reader.rewritten
    values = reader.values
    slots = reader.slots
    nodes = reader.nodes
  }

  // MARK: fields of a node

  /// Whether the node has the field.
  public func has(_ node: Int, _ field: PlanField) -> Bool { value(node, field) != nil }

  /// The field's number.
  public func number(_ node: Int, _ field: PlanField) -> PlanDecimal? {
    value(node, field)?.decimal
  }

  /// The field's number as a count; nil when it has none.
  public func count(_ node: Int, _ field: PlanField) -> Int64? {
    value(node, field)?.decimal?.whole
  }

  /// The field's text.
  public func text(_ node: Int, _ field: PlanField) -> String? {
    guard let value = value(node, field), value.kind == .string else { return nil }
    return String(decoding: bytes[value.text], as: UTF8.self)
  }

  /// The texts of a field that is a list.
  public func texts(_ node: Int, _ field: PlanField) -> [String] {
    elements(node, field).filter { $0.kind == .string }
      .map { String(decoding: bytes[$0.text], as: UTF8.self) }
  }

  /// Whether the field is `true`.
  public func flag(_ node: Int, _ field: PlanField) -> Bool { value(node, field)?.kind == .true }

  /// Whether the field's text is `word`.
  func text(_ node: Int, _ field: PlanField, is word: StaticString) -> Bool {
    guard let value = value(node, field), value.kind == .string else { return false }
    return bytes[value.text].elementsEqual(
      UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// Fields of the node that no version up to 18 is known to have, in their order.
  public func unknownFields(_ node: Int) -> [(key: String, json: String)] {
    members(of: nodes[node].value).filter { $0.field == nil }.map { value in
      let quote = value.kind == .string ? "\"" : ""
      return (
        String(decoding: bytes[value.key], as: UTF8.self),
        quote + String(decoding: bytes[value.text], as: UTF8.self) + quote
      )
    }
  }

  /// The children of a node in their order.
  public func children(of node: Int) -> ChildNodes { ChildNodes(nodes: nodes, parent: node) }

  /// Where the node stands in the document, as `jsonb`'s `#>` takes it: `{Plan,Plans,0}`.
  public func path(of node: Int) -> String {
    var steps: [String] = []
    var at = node
    while nodes[at].parent >= 0 {
      let parent = nodes[at].parent
      let place = children(of: parent).prefix(while: { $0 < at }).count
      steps.append("Plans,\(place)")
      at = parent
    }
    return "{" + (["Plan"] + steps.reversed()).joined(separator: ",") + "}"
  }

  // MARK: fields of the document

  /// The document's number, such as "Execution Time".
  public func documentNumber(_ field: PlanField) -> PlanDecimal? { value(-1, field)?.decimal }

  /// The document's text, such as "Query Text".
  public func documentText(_ field: PlanField) -> String? {
    guard let value = value(-1, field), value.kind == .string else { return nil }
    return String(decoding: bytes[value.text], as: UTF8.self)
  }

  // MARK: values

  /// The field's value; `node` -1 is the document.
  @inline(__always)
  func value(_ node: Int, _ field: PlanField) -> PlanValue? {
    let slot = Int(slots[(node &+ 1) &* PlanReader.slotsPerNode &+ Int(field.rawValue)])
    return slot == 0 ? nil : values[slot]
  }

  /// The elements of a field that is a list, or its only value.
  func elements(_ node: Int, _ field: PlanField) -> [PlanValue] {
    let slot = Int(slots[(node &+ 1) &* PlanReader.slotsPerNode &+ Int(field.rawValue)])
    guard slot > 0 else { return [] }
    return values[slot].kind == .array ? members(of: slot) : [values[slot]]
  }

  /// What stands directly in the object or array at `index`.
  func members(of index: Int) -> [PlanValue] {
    guard values[index].kind == .object || values[index].kind == .array else { return [] }
    var list: [PlanValue] = []
    var at = index &+ 1
    while at < values[index].next {
      var value = values[at]
      value.index = at
      list.append(value)
      at = value.next
    }
    return list
  }

  /// The member of the object at `index` with the field.
  func member(_ field: PlanField, of index: Int) -> PlanValue? {
    guard values[index].kind == .object else { return nil }
    var at = index &+ 1
    while at < values[index].next {
      if values[at].field == field {
        var value = values[at]
        value.index = at
        return value
      }
      at = values[at].next
    }
    return nil
  }

  func string(_ value: PlanValue) -> String { String(decoding: bytes[value.text], as: UTF8.self) }
}

/// One value of the document.
struct PlanValue: Sendable {
  enum Kind: UInt8, Sendable { case object, array, string, number, `true`, `false`, null }

  var kind: Kind
  /// Which key of PostgreSQL's it has; nil for others and for elements of arrays.
  var field: PlanField?
  /// Bytes of the key, without quotes.
  var key: Range<Int>
  /// Bytes of the value; of a string without its quotes, unescaped.
  var text: Range<Int>
  /// Index of the value that follows this one and everything inside it.
  var next: Int
  /// A number's exact value; nil when it has more than 18 digits.
  var decimal: PlanDecimal?
  /// Its own index, where it was asked for as a member.
  var index = 0
}
