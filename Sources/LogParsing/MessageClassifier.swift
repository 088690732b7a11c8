import LogModel

/// Tells what a message is by PostgreSQL's own format strings (`log_duration`, `log_statement`,
/// auto_explain).
enum MessageClassifier {
  struct Answer {
    var kind = MessageKind.other
    var durationMicros: Int64 = 0
    var name = 0..<0
    var text = 0..<0
  }

  /// Classifies the message in `[from, end)`; ranges are positions in `base`.
  static func classify(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, isPlainLog: Bool
  ) -> Answer {
    var answer = Answer()
    if Bytes.starts(base, at: from, end: end, with: "duration: ") {
      readDuration(base, from: from + 10, end: end, into: &answer)
    } else if isPlainLog {
      readSaid(base, from: from, end: end, into: &answer)
    }
    return answer
  }

  /// `12.345 ms`, alone or followed by two blanks and what was timed.
  private static func readDuration(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, into answer: inout Answer
  ) {
    let dot = Bytes.find(UInt8(ascii: "."), base, from: from, end: min(end, from + 20))
    guard dot + 7 <= end, let whole = Bytes.decimal(base, from: from, end: dot),
      let micros = Bytes.decimal(base, from: dot + 1, end: dot + 4),
      whole < Int64.max / 2000, Bytes.starts(base, at: dot + 4, end: end, with: " ms")
    else { return }
    let duration = whole * 1000 + micros
    let rest = dot + 7
    if rest == end {
      answer.kind = .durationOnly
      answer.durationMicros = duration
      return
    }
    guard Bytes.starts(base, at: rest, end: end, with: "  ") else { return }
    let word = rest + 2
    if let body = planBody(base, at: word, end: end) {
      answer.kind = .plan
      answer.text = body..<end
    } else if Bytes.starts(base, at: word, end: end, with: "statement: ") {
      answer.kind = .durationStatement
      answer.text = (word + 11)..<end
    } else if Bytes.starts(base, at: word, end: end, with: "parse ") {
      answer.kind = .durationParse
      readNamed(base, from: word + 6, end: end, into: &answer)
    } else if Bytes.starts(base, at: word, end: end, with: "bind ") {
      answer.kind = .durationBind
      readNamed(base, from: word + 5, end: end, into: &answer)
    } else if Bytes.starts(base, at: word, end: end, with: "execute fetch from ") {
      answer.kind = .durationFetch
      readNamed(base, from: word + 19, end: end, into: &answer)
    } else if Bytes.starts(base, at: word, end: end, with: "execute ") {
      answer.kind = .durationExecute
      readNamed(base, from: word + 8, end: end, into: &answer)
    } else if Bytes.starts(base, at: word, end: end, with: "fastpath function call: ") {
      answer.kind = .durationFastpath
      answer.text = (word + 24)..<end
    } else {
      return
    }
    answer.durationMicros = duration
  }

  /// Where the plan begins after `plan:` and a newline, which a server on Windows writes as CR LF.
  private static func planBody(_ base: UnsafePointer<UInt8>, at: Int, end: Int) -> Int? {
    if Bytes.starts(base, at: at, end: end, with: "plan:\n") { return at + 6 }
    return Bytes.starts(base, at: at, end: end, with: "plan:\r\n") ? at + 7 : nil
  }

  private static func readSaid(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, into answer: inout Answer
  ) {
    if Bytes.starts(base, at: from, end: end, with: "statement: ") {
      answer.kind = .saidStatement
      answer.text = (from + 11)..<end
    } else if Bytes.starts(base, at: from, end: end, with: "execute fetch from ") {
      answer.kind = .saidFetch
      readNamed(base, from: from + 19, end: end, into: &answer)
    } else if Bytes.starts(base, at: from, end: end, with: "execute ") {
      answer.kind = .saidExecute
      readNamed(base, from: from + 8, end: end, into: &answer)
    } else if Bytes.starts(base, at: from, end: end, with: "fastpath function call: ") {
      answer.kind = .saidFastpath
      answer.text = (from + 24)..<end
    }
  }

  /// `NAME: TEXT`. A name may itself hold `: `; the first one is taken, as the text nearly always
  /// does too.
  private static func readNamed(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, into answer: inout Answer
  ) {
    guard let colon = Bytes.find(": ", base, from: from, end: end) else {
      answer.kind = .other
      return
    }
    answer.name = from..<colon
    answer.text = (colon + 2)..<end
  }
}
