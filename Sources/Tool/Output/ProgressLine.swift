/// What a run has done so far, as one line: `1.2 GB of 4.0 GB (30 %), 310,000 records/s, 9 s left`.
struct ProgressLine: Equatable {
  /// Bytes of the input that are done.
  var bytesDone: Int64
  /// Bytes of the whole input; nil or 0 where it is not known, as of a pipe.
  var bytesTotal: Int64?
  /// Records that are done.
  var records: Int64
  /// Since the run began.
  var seconds: Double

  var text: String {
    var parts: [String] = []
    let total = bytesTotal ?? 0
    if total > 0 {
      let percent = min(100, Double(bytesDone) / Double(total) * 100)
      parts.append(
        "\(Number.bytes(bytesDone)) of \(Number.bytes(total)) "
          + "(\(Number.fixed(percent, decimals: 0)) %)")
    } else {
      parts.append(Number.bytes(bytesDone))
    }
    if seconds > 0 {
      let rate = Int64((Double(records) / seconds).rounded())
      parts.append("\(ProgressLine.grouped(rate)) records/s")
      if total > bytesDone, bytesDone > 0 {
        let left = seconds * Double(total - bytesDone) / Double(bytesDone)
        parts.append("\(Number.duration(seconds: left)) left")
      }
    }
    return parts.joined(separator: ", ")
  }

  /// `310,000`
  static func grouped(_ number: Int64) -> String {
    let digits = String(number.magnitude)
    var out = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { out.append(",") }
      out.append(digit)
    }
    return (number < 0 ? "-" : "") + out
  }
}
