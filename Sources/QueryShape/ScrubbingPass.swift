internal import LogModel
internal import SQLText

/// Takes credentials out of the texts of one batch; a text without costs one search.
struct ScrubbingPass {
  /// What a statement gives away: what is in it must not stand in the records about it either.
  private struct Secrets {
    var pieces: [[UInt8]] = []
    var parameters: Set<Int> = []
  }

  private var secrets: [TextKey: Secrets] = [:]
  private var messages: [ByteRange: ByteRange] = [:]

  static func run(_ batch: inout FactBatch, _ texts: inout RewrittenTexts) {
    var pass = ScrubbingPass()
    for index in batch.texts.indices { pass.learn(&batch.texts[index], &texts) }
    batch.keepsStatements = true
    for index in batch.events.indices { pass.scrub(&batch.events[index], &texts) }
    for index in batch.executions.indices { pass.scrub(&batch.executions[index], &texts) }
    for index in batch.amendments.indices { pass.scrub(&batch.amendments[index].row, &texts) }
    for index in batch.plans.indices {
      let facts = batch.plans[index].facts
      texts.replace(&batch.plans[index].facts.body) {
        CredentialScrubber.scrubPlan($0, facts.format, isValid: facts.fitsJSONB)
      }
    }
    scrubContexts(&batch, &texts)
  }

  /// Names that a client chose may hold anything, too.
  static func scrubContexts(_ batch: inout FactBatch, _ texts: inout RewrittenTexts) {
    for index in batch.contexts.indices {
      texts.replace(&batch.contexts[index].database) { CredentialScrubber.scrub($0) }
      texts.replace(&batch.contexts[index].user) { CredentialScrubber.scrub($0) }
      texts.replace(&batch.contexts[index].application) { CredentialScrubber.scrub($0) }
    }
  }

  /// What a statement gives away; the statement is left without it.
  private mutating func learn(_ statement: inout BatchText, _ texts: inout RewrittenTexts) {
    let text = texts[statement.range]
    guard CredentialScrubber.isSuspect(text) else { return }
    defer { texts.replace(&statement.range) { CredentialScrubber.scrub($0) } }
    let key = statement.key
    var found = Secrets()
    found.parameters = Set(CredentialScrubber.secretParameters(text))
    for secret in CredentialScrubber.secrets(text) { found.pieces += Self.pieces(secret) }
    // The longest first, so that a piece of it does not break it up.
    found.pieces.sort { $0.count > $1.count }
    if !found.pieces.isEmpty || !found.parameters.isEmpty { secrets[key] = found }
  }

  /// A secret and the words in it: a message quotes the token at which reading failed.
  private static func pieces(_ secret: [UInt8]) -> [[UInt8]] {
    let words = secret.split { !isWord($0) }
    // What is shorter stands in too many words and numbers to tell anything.
    return ([secret] + words.map { Array($0) }).filter { $0.count > 2 }
  }

  private mutating func scrub(_ event: inout EventRow, _ texts: inout RewrittenTexts) {
    let known = secrets[event.text] ?? Self.secrets(inMessage: texts[event.message])
    let message = event.message
    texts.replace(&event.message) { Self.scrub($0, known) }
    if event.message != message { messages[message] = event.message }
    texts.replace(&event.detail) { Self.scrubValues($0, known) }
    texts.replace(&event.hint) { Self.scrub($0, known) }
    texts.replace(&event.contextText) { Self.scrubValues($0, known) }
  }

  /// A record without STATEMENT may quote one that takes a password as its parameter.
  private static func secrets(inMessage message: UnsafeBufferPointer<UInt8>) -> Secrets? {
    guard CredentialScrubber.isSuspect(message) else { return nil }
    let parameters = CredentialScrubber.secretParameters(message)
    return parameters.isEmpty ? nil : Secrets(pieces: [], parameters: Set(parameters))
  }

  /// DETAIL and CONTEXT may list the parameters.
  private static func scrubValues(
    _ text: UnsafeBufferPointer<UInt8>, _ known: Secrets?
  ) -> [UInt8]? {
    guard let known, !known.parameters.isEmpty else { return scrub(text, known) }
    return LiteralRedactor.redactMessage(text)
  }

  private mutating func scrub(_ row: inout ExecutionRow, _ texts: inout RewrittenTexts) {
    if let message = messages[row.error] {
      row.error = message
    } else {
      texts.replace(&row.error) { Self.scrub($0, secrets[row.text]) }
    }
    guard !row.parameters.isEmpty else { return }
    let hidden = secrets[row.text]?.parameters ?? []
    texts.replace(&row.parameters) { Self.scrub(parameters: $0, hidden) }
  }

  private static func scrub(
    _ text: UnsafeBufferPointer<UInt8>, _ known: Secrets?
  ) -> [UInt8]? {
    let scrubbed = CredentialScrubber.scrub(text)
    guard let known else { return scrubbed }
    var result = scrubbed ?? Array(text)
    for piece in known.pieces { result = masked(result, piece) }
    return result
  }

  /// `text` without `piece`, where it is no part of a longer word.
  private static func masked(_ text: [UInt8], _ piece: [UInt8]) -> [UInt8] {
    guard let first = piece.first, let last = piece.last, text.count >= piece.count else {
      return text
    }
    var out: [UInt8] = []
    var at = 0
    while at < text.count {
      let end = at + piece.count
      if text[at] == first, text[at...].starts(with: piece),
        at == 0 || !isWord(first) || !isWord(text[at - 1]),
        end == text.count || !isWord(last) || !isWord(text[end])
      {
        out += mask
        at = end
      } else {
        out.append(text[at])
        at += 1
      }
    }
    return out
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F
  }

  private static let mask = Array("\(CredentialScrubber.mask)".utf8)

  // MARK: - Parameters

  /// Each value by itself, so that the list stays one.
  private static func scrub(
    parameters text: UnsafeBufferPointer<UInt8>, _ hidden: Set<Int>
  ) -> [UInt8]? {
    guard !hidden.isEmpty || CredentialScrubber.isSuspect(text) else { return nil }
    var values: [ParameterList.Value] = []
    guard ParameterList.read(text, into: &values) else {
      return hidden.isEmpty ? CredentialScrubber.scrub(text) : mask
    }
    var hidden = hidden
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var at = 0
    for (index, value) in values.enumerated() where !value.isNull {
      out.append(contentsOf: text[at..<value.start])
      let single = unquoted(UnsafeBufferPointer(rebasing: text[value.start..<value.end]))
      let isHidden = hidden.contains(index + 1)
      // set_config($1, $2, …): the name of a setting, and its value.
      if single.withUnsafeBufferPointer({ CredentialScrubber.namesSecretSetting($0) }) {
        hidden.insert(index + 2)
      }
      let kept = single.withUnsafeBufferPointer { isHidden ? mask : CredentialScrubber.scrub($0) }
      for byte in kept ?? single {
        if byte == 0x27 { out.append(byte) }
        out.append(byte)
      }
      at = value.end
    }
    out.append(contentsOf: text[at...])
    return out
  }

  private static func unquoted(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var at = 0
    while at < text.count {
      out.append(text[at])
      at += text[at] == 0x27 ? 2 : 1
    }
    return out
  }
}
