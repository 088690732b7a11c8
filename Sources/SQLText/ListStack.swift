/// The lists that are open at a place of a canonical text: `IN (…)`, `ARRAY[…]`, the rows of
/// VALUES. An element that equals the first one is taken out of the text again, so a list of any
/// length takes the room of one element; when a different one comes, they are put back.
///
/// Invariant: the result is a function of the tokens; every byte is compared and put back a number
/// of times that is logarithmic in the text at most.
struct ListStack {
  /// A token, as far as it decides whether an element is a constant.
  enum Note { case value, cast, name, typeName, array, dot, comma, code }
  /// What a bracket opens.
  enum Kind: UInt8 { case constants, array, rows }

  private struct List {
    var kind: Kind
    // All elements so far are alike (and constants, where they have to be).
    var collapses = true
    var isAfterRow = false
    // Of the element that is being written:
    var isConstant = true
    var sawValue = false
    var isInCast = false
    var isAfterTypeName = false
    // Brackets open within it.
    var depth: Int32 = 0
    var elementStart: UInt32
    var separatorStart: UInt32 = 0
    var firstStart: UInt32 = 0
    var firstEnd: UInt32 = 0
    var elements: UInt32 = 0
    var dropped: UInt32 = 0
  }

  private var lists: [List] = []

  static let marker: StaticString = " /*, ... */"

  var isEmpty: Bool { lists.isEmpty }
  /// The last token closed a row of VALUES.
  var isAfterRow: Bool { lists.last?.isAfterRow ?? false }

  /// What `bracket` opens after `word`; nil for a bracket like any other.
  func kind(of bracket: UInt8, after word: UInt64) -> Kind? {
    if bracket == 0x5B { return word == Words.pack("array") ? .array : nil }
    if word == Words.pack("in") { return .constants }
    return word == Words.pack("values") ? .rows : nil
  }

  /// A bracket was written at `at`.
  mutating func opened(_ kind: Kind?, at: Int) {
    let top = lists.count - 1
    if let kind {
      if top >= 0, kind != .array { lists[top].isConstant = false }
      var list = List(kind: kind, elementStart: UInt32(truncatingIfNeeded: at))
      if kind == .rows { list.depth = 1 } else { list.elementStart += 1 }
      lists.append(list)
    } else if top >= 0 {
      if lists[top].kind == .rows, lists[top].depth == 0 {
        lists[top].elementStart = UInt32(truncatingIfNeeded: at)
      }
      if lists[top].isAfterTypeName { lists[top].isConstant = false }
      lists[top].depth += 1
    }
  }

  /// A bracket is about to be written that closes what is open.
  mutating func closing(_ bracket: UInt8, _ out: inout [UInt8]) {
    let top = lists.count - 1
    guard top >= 0 else { return }
    if lists[top].depth > 0 {
      lists[top].depth -= 1
      return
    }
    let kind = lists[top].kind
    if (kind == .array) != (bracket == 0x5D) { lists[top].isConstant = false }
    endElement(&out)
    let collapses = lists[top].collapses
    if collapses { appendMarker(&out) }
    lists.removeLast()
    guard top > 0 else { return }
    if kind == .array, collapses {
      lists[top - 1].sawValue = true
    } else {
      lists[top - 1].isConstant = false
    }
  }

  /// The bracket was written.
  mutating func closed(_ out: inout [UInt8]) {
    let top = lists.count - 1
    guard top >= 0, lists[top].kind == .rows, lists[top].depth == 0 else { return }
    endElement(&out)
    lists[top].isAfterRow = true
  }

  /// No row follows.
  mutating func endRows(_ out: inout [UInt8]) {
    guard let list = lists.popLast() else { return }
    if list.collapses { appendMarker(&out) }
  }

  /// A comma is about to be written, which ends an element if no bracket is open within.
  mutating func separating(_ out: inout [UInt8]) {
    let top = lists.count - 1
    guard top >= 0 else { return }
    guard lists[top].depth == 0 else {
      lists[top].isInCast = false
      if lists[top].isAfterTypeName { lists[top].isConstant = false }
      return
    }
    if lists[top].kind != .rows { endElement(&out) }
    lists[top].isAfterRow = false
    let at = UInt32(truncatingIfNeeded: out.count)
    lists[top].separatorStart = at
    // A comma and a space stand before the element.
    lists[top].elementStart = at + 2
  }

  /// A token of an element.
  mutating func note(_ note: Note) {
    let top = lists.count - 1
    guard top >= 0, lists[top].kind != .rows else { return }
    let afterTypeName = lists[top].isAfterTypeName
    lists[top].isAfterTypeName = false
    switch note {
    case .value:
      lists[top].sawValue = true
      return
    case .cast:
      if !lists[top].sawValue { lists[top].isConstant = false }
      lists[top].isInCast = true
    case .typeName where !lists[top].isInCast && !afterTypeName:
      lists[top].isAfterTypeName = true
      return
    case .array: break
    case .name, .typeName, .dot:
      if !lists[top].isInCast { lists[top].isConstant = false }
    case .comma, .code: lists[top].isConstant = false
    }
    if afterTypeName { lists[top].isConstant = false }
  }

  private mutating func endElement(_ out: inout [UInt8]) {
    let top = lists.count - 1
    let list = lists[top]
    let start = min(Int(list.elementStart), out.count)
    let isConstant = list.kind == .rows || list.isConstant && list.sawValue
    lists[top].elements = 1
    lists[top].isConstant = true
    lists[top].sawValue = false
    lists[top].isInCast = false
    lists[top].isAfterTypeName = false
    guard list.collapses else { return }
    if list.elements == 0 {
      lists[top].firstStart = UInt32(truncatingIfNeeded: start)
      lists[top].firstEnd = UInt32(truncatingIfNeeded: out.count)
      lists[top].collapses = isConstant
    } else if isConstant, equal(out, Int(list.firstStart), Int(list.firstEnd), start, out.count) {
      lists[top].dropped += 1
      out.removeLast(out.count - Int(list.separatorStart))
    } else {
      lists[top].collapses = false
      restore(list, &out)
    }
  }

  private func equal(_ out: [UInt8], _ a: Int, _ aEnd: Int, _ b: Int, _ bEnd: Int) -> Bool {
    guard aEnd - a == bEnd - b else { return false }
    for index in 0..<(aEnd - a) where out[a + index] != out[b + index] { return false }
    return true
  }

  /// Puts the dropped elements back, before the one that ends the text.
  private func restore(_ list: List, _ out: inout [UInt8]) {
    guard list.dropped > 0 else { return }
    let tail = Array(out[Int(list.separatorStart)...])
    let first = Array(out[Int(list.firstStart)..<Int(list.firstEnd)])
    out.removeLast(tail.count)
    for _ in 0..<list.dropped {
      out.append(0x2C)
      out.append(0x20)
      out.append(contentsOf: first)
    }
    out.append(contentsOf: tail)
  }

  private func appendMarker(_ out: inout [UInt8]) {
    out.append(
      contentsOf: UnsafeBufferPointer(
        start: Self.marker.utf8Start, count: Self.marker.utf8CodeUnitCount))
  }
}
