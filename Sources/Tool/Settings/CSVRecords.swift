/// Splits a small CSV text (RFC 4180) into records of fields.
enum CSVRecords {
  /// The records of `text`; nil when a quote is not closed.
  static func read(_ text: String) -> [[String]]? {
    var records: [[String]] = []
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var isQuoted = false
    var wasQuote = false

    func endField() {
      fields.append(String(field))
      field = String.UnicodeScalarView()
    }
    for scalar in text.unicodeScalars {
      if wasQuote {
        wasQuote = false
        if scalar == "\"" {
          field.append(scalar)
          continue
        }
        isQuoted = false
      }
      switch scalar {
      case "\"" where isQuoted: wasQuote = true
      case "\"" where field.isEmpty: isQuoted = true
      case _ where isQuoted: field.append(scalar)
      case ",": endField()
      case "\r": break
      case "\n":
        endField()
        records.append(fields)
        fields = []
      default: field.append(scalar)
      }
    }
    guard !isQuoted || wasQuote else { return nil }
    if !fields.isEmpty || !field.isEmpty {
      endField()
      records.append(fields)
    }
    return records.filter { $0 != [""] }
  }
}
