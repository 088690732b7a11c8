internal import FuzzSupport
internal import SQLText

/// SQL lexer and everything that reads SQL through it: the input is a text.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let text = UnsafeBufferPointer(start: start, count: count)
  tokensTile(text)
  canonicalTextIsItsOwn(text)
  valuesDoNotMatter(text)
  statementsAreApart(text)
  secretsGo(text)
  return 0
}

/// Tokens are in order, and between them are white space and comments only.
private func tokensTile(_ text: UnsafeBufferPointer<UInt8>) {
  var lexer = SQLLexer(text)
  var end = 0
  while true {
    let token = lexer.next()
    require(token.start >= end && token.end <= text.count, "a token outside: \(token)")
    var inner = SQLLexer(UnsafeBufferPointer(rebasing: text[end..<token.start]))
    require(inner.next().kind == .endOfText, "a gap holds a token: \(readable(text))")
    guard token.kind != .endOfText else { break }
    require(token.end > token.start, "an empty token: \(token)")
    end = token.end
  }
  require(lexer.next().kind == .endOfText, "a token behind the end")
}

private func canonicalTextIsItsOwn(_ text: UnsafeBufferPointer<UInt8>) {
  let first = SQLText.canonical(text)
  require(!first.bytes.contains(0), "a NUL byte in \(readable(first.bytes))")
  guard !first.isTruncated else { return }
  let second = first.bytes.withUnsafeBufferPointer { SQLText.canonical($0) }
  require(
    first.bytes == second.bytes,
    "\(readable(text)): \(readable(first.bytes)), \(readable(second.bytes))")
}

/// The text with other constants of the same kind and other white space has the same shape and
/// canonical text, and so has every text of that shape.
private func valuesDoNotMatter(_ text: UnsafeBufferPointer<UInt8>) {
  let hasher = ShapeHasher(seed: 7)
  let varied = Variation.of(text)
  varied.withUnsafeBufferPointer { other in
    require(
      hasher.shape(text) == hasher.shape(other), "shapes: \(readable(text)), \(readable(other))")
    require(
      SQLText.canonical(text) == SQLText.canonical(other),
      "canonical: \(readable(text)), \(readable(other))")
  }
  let longer = Variation.withLongerLists(text)
  longer.withUnsafeBufferPointer { other in
    guard hasher.shape(text) == hasher.shape(other) else { return }
    require(
      SQLText.canonical(text) == SQLText.canonical(other),
      "lists: \(readable(text)), \(readable(other))")
  }
}

/// Statements are in order and each is one statement.
private func statementsAreApart(_ text: UnsafeBufferPointer<UInt8>) {
  var end = 0
  for range in SQLText.split(text) {
    require(range.lowerBound >= end && range.upperBound <= text.count, "statements overlap")
    require(!range.isEmpty, "an empty statement")
    end = range.upperBound
    let part = UnsafeBufferPointer(rebasing: text[range])
    // A semicolon at the end is taken for one that separates, also within an open quote.
    let again = SQLText.split(part)
    require(
      again.count == 1 && again[0].lowerBound == 0, "not one statement: \(readable(part))")
    if let body = SQLText.preparedBody(part) {
      require(!body.isEmpty && body.upperBound <= part.count, "a body outside of its statement")
    }
    if let name = SQLText.preparedName(part) {
      require(!name.isEmpty && name.upperBound <= part.count, "a name outside of its statement")
    }
    let leading = SQLText.traits(part).leading
    require(leading != .empty, "a statement without a token")
  }
  require(!SQLText.kind(text).isEmpty, "no kind")
  if let tags = StatementTags.json(text) {
    require(isJSON(tags), "tags are no JSON: \(readable(tags))")
  }
}

/// Scrubbing only takes away. A second time can take more, as a mask may be read as the beginning of
/// a value that goes on behind it; it never brings anything back.
private func secretsGo(_ text: UnsafeBufferPointer<UInt8>) {
  if let once = CredentialScrubber.scrub(text) {
    isLeft(once, of: text)
    once.withUnsafeBufferPointer { once in
      if let twice = CredentialScrubber.scrub(once) { isLeft(twice, of: once) }
    }
  }
  redactedIsWithoutConstants(text)
  let message = LiteralRedactor.redactMessage(text)
  require(message.count <= 2 * text.count + 16, "a message grows")
}

/// What is not masked is of the text, in its order.
private func isLeft(_ scrubbed: [UInt8], of text: UnsafeBufferPointer<UInt8>) {
  var at = 0
  for byte in scrubbed where byte != 0x2A {
    while at < text.count, text[at] != byte { at += 1 }
    require(at < text.count, "added: \(readable(text)), \(readable(scrubbed))")
    at += 1
  }
}

private func redactedIsWithoutConstants(_ text: UnsafeBufferPointer<UInt8>) {
  // Where a mask takes a quote away, what follows is read in another way than it was redacted.
  guard !CredentialScrubber.isSuspect(text) else { return }
  let redacted = LiteralRedactor.redactSQL(text)
  redacted.withUnsafeBufferPointer { left in
    var lexer = SQLLexer(left)
    while true {
      let token = lexer.next()
      if token.kind == .endOfText { break }
      // Marks that follow each other may be read as one constant.
      let isMark = left[token.start..<token.end].drop { $0 != 0x27 }.allSatisfy {
        $0 <= 0x20 || [0x27, 0x2A, 0x3F].contains($0)
      }
      require(
        token.kind != .number && (token.kind != .string || isMark),
        "redact: \(readable(text)), \(readable(redacted))")
    }
  }
}
