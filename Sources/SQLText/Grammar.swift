/// What of the grammar a canonical text needs: which words an expression can follow, and where
/// NULL, TRUE and FALSE are constants.
enum Grammar {
  /// Words after which an operand stands, so that a minus is a sign. None of them ends an operand:
  /// they are reserved, or (LIKE, BETWEEN) name no column or no type; BY and RETURN, which may be
  /// both, only where no operand may begin.
  static func introducesOperand(
    _ base: UnsafePointer<UInt8>, _ token: SQLToken, _ word: UInt64
  ) -> Bool {
    if word == 0 {
      return Words.matches(base, token, "returning") || Words.matches(base, token, "symmetric")
    }
    return introducesOperand(word)
  }

  private static func introducesOperand(_ word: UInt64) -> Bool {
    switch word {
    case Words.pack("select"), Words.pack("where"), Words.pack("and"), Words.pack("or"),
      Words.pack("not"), Words.pack("when"), Words.pack("then"), Words.pack("else"),
      Words.pack("case"), Words.pack("between"), Words.pack("like"), Words.pack("ilike"),
      Words.pack("limit"), Words.pack("offset"), Words.pack("fetch"), Words.pack("on"),
      Words.pack("having"), Words.pack("by"), Words.pack("return"), Words.pack("to"),
      Words.pack("distinct"), Words.pack("all"), Words.pack("any"), Words.pack("some"),
      Words.pack("from"), Words.pack("for"), Words.pack("default"), Words.pack("in"),
      Words.pack("using"), Words.pack("check"):
      true
    default: false
    }
  }

  /// Words that stand apart from a parenthesis that follows.
  static func standsApart(_ word: UInt64) -> Bool {
    switch word {
    case Words.pack("in"), Words.pack("values"), Words.pack("as"), Words.pack("join"),
      Words.pack("is"), Words.pack("over"), Words.pack("filter"), Words.pack("group"),
      Words.pack("set"), Words.pack("with"), Words.pack("key"), Words.pack("unique"),
      Words.pack("union"), Words.pack("except"), Words.pack("into"), Words.pack("table"),
      Words.pack("only"), Words.pack("lateral"), Words.pack("add"), Words.pack("do"),
      Words.pack("explain"), Words.pack("analyze"), Words.pack("verbose"), Words.pack("copy"),
      Words.pack("vacuum"), Words.pack("options"), Words.pack("exists"), Words.pack("conflict"),
      Words.pack("similar"), Words.pack("update"), Words.pack("delete"), Words.pack("insert"):
      true
    default: introducesOperand(word)
    }
  }

  /// Types whose name may stand before a constant in quotes.
  static func namesType(_ base: UnsafePointer<UInt8>, _ token: SQLToken) -> Bool {
    switch Words.pack(base, token) {
    case Words.pack("date"), Words.pack("time"), Words.pack("timetz"), Words.pack("interval"),
      Words.pack("uuid"), Words.pack("json"), Words.pack("jsonb"), Words.pack("inet"),
      Words.pack("cidr"), Words.pack("bytea"), Words.pack("numeric"), Words.pack("text"):
      true
    case 0:
      Words.matches(base, token, "timestamp") || Words.matches(base, token, "timestamptz")
    default: false
    }
  }

  /// What stands before a word, as far as NULL, TRUE and FALSE need it.
  struct Before {
    /// An operand may begin here.
    var operandMayBegin: Bool
    /// The word before, 0 when it is no word.
    var word: UInt64
    /// The word before that, 0 when it is no word.
    var wordBefore: UInt64
  }

  /// Whether NULL, TRUE or FALSE (`word`) is a constant here: not so in IS [NOT] NULL, NOT NULL, ON
  /// NULL INPUT, SET NULL, and as option of COPY.
  static func isConstant(_ word: UInt64, after before: Before) -> Bool {
    guard before.operandMayBegin else { return false }
    let isNull = word == Words.pack("null")
    guard isNull || word == Words.pack("true") || word == Words.pack("false") else { return false }
    if before.word == Words.pack("not") {
      return !isNull && before.wordBefore != Words.pack("is")
    }
    return !(isNull && before.word == Words.pack("on"))
  }
}
