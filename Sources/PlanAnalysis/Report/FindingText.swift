extension Finding {
  /// The finding as a JSON object: always the same bytes for the same finding.
  public var json: String {
    var text = FindingText()
    text.open("{")
    text.member("rule", rule)
    text.member("path", path)
    text.member("node", place)
    text.member("severity", severity.name)
    text.member("confidence", number: confidence, digits: 3)
    text.member("saving_ms", number: savingMs, digits: 3)
    text.key("figures")
    text.open("[")
    for figure in figures {
      text.element()
      text.open("{")
      text.member("name", figure.name)
      text.member("value", number: figure.value, digits: 3)
      text.member("unit", figure.unit)
      text.close("}")
    }
    text.close("]")
    text.member("explanation", explanation)
    text.member("remedy", remedy)
    if let ddl { text.member("ddl", ddl) }
    if let index {
      text.key("index")
      text.open("{")
      text.member("table", index.table)
      text.key("columns")
      text.open("[")
      for column in index.columns { text.value(column) }
      text.close("]")
      text.member("equal_columns", number: Double(index.equalCount), digits: 0)
      text.close("}")
    }
    text.key("symptoms")
    text.open("[")
    for symptom in symptoms {
      text.element()
      text.open("{")
      text.member("rule", symptom.rule)
      text.member("path", symptom.path)
      text.close("}")
    }
    text.close("]")
    text.close("}")
    return text.text
  }

  /// Findings as a JSON array.
  public static func json(_ findings: [Finding]) -> String {
    "[" + findings.map(\.json).joined(separator: ",") + "]"
  }
}

/// Writes JSON text, members in the order in which they are written.
private struct FindingText {
  private(set) var text = ""
  private var isFirst = true

  mutating func open(_ bracket: String) {
    text += bracket
    isFirst = true
  }

  mutating func close(_ bracket: String) {
    text += bracket
    isFirst = false
  }

  mutating func element() {
    if !isFirst { text += "," }
    isFirst = false
  }

  mutating func value(_ value: String) {
    element()
    string(value)
  }

  mutating func key(_ key: String) {
    element()
    string(key)
    text += ":"
  }

  mutating func member(_ key: String, _ value: String) {
    self.key(key)
    string(value)
  }

  mutating func member(_ key: String, number: Double, digits: Int) {
    self.key(key)
    text += Wording.decimal(number, digits: digits)
  }

  private mutating func string(_ value: String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      // jsonb has no NUL: it is shown as what can't be shown.
      case "\0": text += "\u{FFFD}"
      case _ where scalar.value < 32:
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
