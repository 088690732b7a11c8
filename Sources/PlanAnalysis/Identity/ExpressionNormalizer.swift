/// Writes an expression so that it is the same for other constants, aliases, lengths of lists, for
/// VERBOSE,
/// and for a generic plan.
struct ExpressionNormalizer {
  let names: PlanNames
  /// A parameter of the statement was met: the plan is a generic one.
  private(set) var hasExternalParameter = false

  private static let constant = UInt8(ascii: "?")
  /// Longer lists are not searched for a subplan.
  private static let tokensMax = 512

  /// Where in the output a subplan's name ended last.
  private var subplanEnd = -1
  private var own: ArraySlice<UInt8>?

  init(names: PlanNames) {
    self.names = names
  }

  /// A scan's conditions name its own columns with the alias under VERBOSE only: `own` is left out.
  mutating func append(
    _ text: ArraySlice<UInt8>, own: ArraySlice<UInt8>?, to output: inout [UInt8]
  ) {
    self.own = own
    let tokens = ExpressionLexer.tokens(text)
    var at = 0
    // The starts of groups and arrays that are open in `output`.
    var groups: [Int] = []
    subplanEnd = -1
    while at < tokens.count {
      let token = tokens[at]
      switch token.kind {
      case .string, .number: constant(tokens, &at, &output)
      case .parameter:
        if let name = names.parameter(token.text) {
          output += [40] + name + [41]
          at += 1
        } else {
          hasExternalParameter = true
          constant(tokens, &at, &output)
        }
      case .open:
        groups.append(output.count)
        output.append(UInt8(ascii: "("))
        at += 1
      case .close:
        at += 1
        // `.col1` of a subplan's value has been read with its name.
        if output.count == subplanEnd, at + 1 < tokens.count, tokens[at].kind == .dot { at += 2 }
        close(groups.popLast(), &output)
        if output.last == Self.constant { skipCast(tokens, &at) }
      case .openBracket:
        groups.append(output.count)
        output.append(UInt8(ascii: "["))
        at += 1
      case .closeBracket:
        at += 1
        closeArray(groups.popLast(), &output)
        if output.last == Self.constant { skipCast(tokens, &at) }
      case .cast:
        let end = TypeName.end(tokens[...], from: at + 1)
        let type = tokens[(at + 1)..<max(at + 1, end)].filter { $0.kind != .dot }
        output += [58, 58]
        // Of a qualified name the last part.
        if at + 2 < tokens.count, tokens[at + 2].kind == .dot {
          for token in type.dropFirst() { put(Array(token.text), &output) }
        } else {
          for token in type { put(Array(token.text), &output) }
        }
        at = max(end, at + 1)
      case .word, .quoted: name(tokens, &at, &output)
      default:
        put(Array(token.text), &output)
        at += 1
      }
    }
  }

  private func put(_ text: [UInt8], _ output: inout [UInt8]) {
    if let last = output.last, isWordLike(last), let first = text.first, isWordLike(first) {
      output.append(32)
    }
    output += text
  }

  private func isWordLike(_ byte: UInt8) -> Bool {
    byte >= 128 || byte == 95 || byte &- 48 < 10 || (byte | 0x20) &- 97 < 26
  }

  private func constant(
    _ tokens: [ExpressionToken], _ at: inout Int, _ output: inout [UInt8]
  ) {
    output.append(Self.constant)
    at += 1
    skipCast(tokens, &at)
  }

  private func skipCast(_ tokens: [ExpressionToken], _ at: inout Int) {
    while at < tokens.count, tokens[at].kind == .cast {
      at = max(at + 1, TypeName.end(tokens[...], from: at + 1))
    }
  }

  /// `(?)` is `?`, unless it holds the arguments of a function.
  private func close(_ start: Int?, _ output: inout [UInt8]) {
    if let start, output.count == start + 2, output[start + 1] == Self.constant,
      start == 0 || !isWordLike(output[start - 1])
    {
      output.removeSubrange(start...)
      output.append(Self.constant)
    } else {
      output.append(UInt8(ascii: ")"))
    }
  }

  /// `ARRAY[?, ?]` is a constant, whatever its length.
  private func closeArray(_ start: Int?, _ output: inout [UInt8]) {
    guard let start, start >= 5, output[(start - 5)..<start].elementsEqual("ARRAY".utf8),
      output[(start + 1)...].allSatisfy({ $0 == Self.constant || $0 == UInt8(ascii: ",") })
    else {
      output.append(UInt8(ascii: "]"))
      return
    }
    output.removeSubrange((start - 5)...)
    output.append(Self.constant)
  }

  // MARK: names

  private mutating func name(
    _ tokens: [ExpressionToken], _ at: inout Int, _ output: inout [UInt8]
  ) {
    let token = tokens[at]
    if token.kind == .word {
      if token.isWord("NULL"), !endsWithIs(output) { return constant(tokens, &at, &output) }
      if token.isWord("true") || token.isWord("false") { return constant(tokens, &at, &output) }
      if token.isWord("OPERATOR"), operatorName(tokens, &at, &output) { return }
      if token.isWord("ARRAY"), at + 1 < tokens.count, tokens[at + 1].kind == .openBracket {
        put(Array("ARRAY".utf8), &output)
        at += 1
        return
      }
      if token.isWord("hashed") {
        at += 1
        return
      }
      if token.isWord("SubPlan") || token.isWord("InitPlan") {
        return subplan(tokens, &at, &output)
      }
      if token.isWord("ANY") || token.isWord("ALL") || token.isWord("EXISTS"),
        let end = subplanTest(tokens, at)
      {
        while at < end, !tokens[at].isWord("SubPlan") { at += 1 }
        output.append(UInt8(ascii: "("))
        subplan(tokens, &at, &output)
        output.append(UInt8(ascii: ")"))
        at = end
        return
      }
    }
    guard at + 2 < tokens.count, tokens[at + 1].kind == .dot else {
      put(Array(token.text), &output)
      at += 1
      return
    }
    // A column of a relation, or a function of a schema.
    let isFunction = at + 3 < tokens.count && tokens[at + 3].kind == .open
    if !isFunction, !names.isSingleRelation, own != token.text {
      put(names.alias(token.text) ?? Array(token.text), &output)
      output.append(UInt8(ascii: "."))
    }
    at += 2
    put(Array(tokens[at].text), &output)
    at += 1
  }

  private func endsWithIs(_ output: [UInt8]) -> Bool {
    output.suffix(2).elementsEqual("IS".utf8) || output.suffix(3).elementsEqual("NOT".utf8)
  }

  /// `OPERATOR(pg_catalog.=)` is `=`.
  private func operatorName(
    _ tokens: [ExpressionToken], _ at: inout Int, _ output: inout [UInt8]
  ) -> Bool {
    var next = at + 1
    guard next < tokens.count, tokens[next].kind == .open else { return false }
    while next < tokens.count, tokens[next].kind != .operator, tokens[next].kind != .close {
      next += 1
    }
    guard next + 1 < tokens.count, tokens[next].kind == .operator else { return false }
    put(Array(tokens[next].text), &output)
    at = next + 2
    return true
  }

  /// `SubPlan 2`, `InitPlan 1).col1`: by order, without the column's name.
  private mutating func subplan(
    _ tokens: [ExpressionToken], _ at: inout Int, _ output: inout [UInt8]
  ) {
    guard at + 1 < tokens.count else {
      at = tokens.count
      return
    }
    let isInitPlan = tokens[at].isWord("InitPlan")
    let ordinal = names.subplan(tokens[at + 1].string, isInitPlan: isInitPlan)
    at += 2
    var column = 1
    if at + 2 < tokens.count, tokens[at].kind == .close, tokens[at + 1].kind == .dot {
      column = Int(tokens[at + 2].string.drop { !("0"..."9").contains($0) }) ?? 1
    }
    put(Array((isInitPlan ? "i\(ordinal).\(column)" : "s\(ordinal)").utf8), &output)
    subplanEnd = output.count
  }

  /// The end of `ANY (… SubPlan …)`, which version 16 and before print as the subplan alone.
  private func subplanTest(_ tokens: [ExpressionToken], _ start: Int) -> Int? {
    guard start + 1 < tokens.count, tokens[start + 1].kind == .open else { return nil }
    var depth = 0
    var hasSubplan = false
    for at in (start + 1)..<min(tokens.count, start + Self.tokensMax) {
      if tokens[at].kind == .open { depth += 1 }
      if tokens[at].isWord("SubPlan") { hasSubplan = true }
      if tokens[at].kind == .close {
        depth -= 1
        if depth == 0 { return hasSubplan ? at + 1 : nil }
      }
    }
    return nil
  }
}
