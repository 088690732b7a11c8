/// How much it matters.
public enum FindingSeverity: String, Sendable, CaseIterable, Comparable {
  /// Worth knowing; nothing is wrong.
  case info
  /// Worth a look when there is time.
  case low
  /// Costs something that can be gained.
  case medium
  /// Costs much.
  case high
  /// Costs so much that it cannot wait.
  case critical

  /// By how much it matters.
  public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What a rule found of a query in a window.
public struct WorkloadFinding: Sendable, Equatable {
  /// The rule's id: `slow-mean`.
  public var rule: String
  /// `queries.id`
  public var query: Int64
  /// How much it matters.
  public var severity: FindingSeverity
  /// The time in ms that it is about; nil where it is about none.
  public var costMs: Double?
  /// One sentence for people.
  public var summary: String
  /// The figures it rests on.
  public var evidence: Evidence
  /// The figures are at least so great: the log does not show everything.
  public var isLowerBound = false
}

/// Figures by name, in the order in which they were given.
public struct Evidence: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// A figure.
  public enum Value: Sendable, Equatable {
    /// An integer.
    case count(Int64)
    /// A number, kept to six places.
    case number(Double)
    /// A text.
    case text(String)
    /// Figures within.
    case group(Evidence)
    /// Several of these.
    case list([Evidence])
  }

  private(set) var items: [(name: String, value: Value)] = []

  /// Figures by name.
  public init(dictionaryLiteral elements: (String, Value)...) {
    items = elements.map { (name: $0.0, value: $0.1) }
  }

  /// Adds a figure behind the others.
  public mutating func append(_ name: String, _ value: Value) { items.append((name, value)) }

  /// Equal figures in the same order.
  public static func == (a: Self, b: Self) -> Bool { a.json == b.json }

  /// The figures as a JSON object.
  public var json: String {
    let parts = items.map { "\(Self.quoted($0.name)):\(Self.json($0.value))" }
    return "{" + parts.joined(separator: ",") + "}"
  }

  private static func json(_ value: Value) -> String {
    switch value {
    case .count(let count): "\(count)"
    case .number(let number): Figure.json(number)
    case .text(let text): quoted(text)
    case .group(let group): group.json
    case .list(let list): "[" + list.map(\.json).joined(separator: ",") + "]"
    }
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}

/// Figures as text.
enum Figure {
  /// At most six places; what is no number is null.
  static func json(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    let rounded = (value * 1e6).rounded() / 1e6
    guard rounded.magnitude < 1e15 else { return "\(value)" }
    return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
  }

  /// A length of time as people read it: `0.4 ms`, `35 ms`, `1.2 s`, `3 min`, `2 h`.
  static func time(ms: Double) -> String {
    switch ms {
    case ..<10: "\(places(ms, 1)) ms"
    case ..<1000: "\(places(ms, 0)) ms"
    case ..<120_000: "\(places(ms / 1000, 1)) s"
    case ..<7_200_000: "\(places(ms / 60_000, 0)) min"
    default: "\(places(ms / 3_600_000, 1)) h"
    }
  }

  /// A part of a whole: `12.5 %`.
  static func share(_ part: Double) -> String { "\(places(part * 100, 1)) %" }

  /// A factor: `3.2`.
  static func factor(_ value: Double) -> String { places(value, 1) }

  /// Bytes: `1.4 GB`.
  static func bytes(_ count: Int64) -> String {
    count >= 1_000_000_000
      ? "\(places(Double(count) / 1e9, 1)) GB" : "\(places(Double(count) / 1e6, 1)) MB"
  }

  private static func places(_ value: Double, _ count: Int) -> String {
    guard value.isFinite, value.magnitude < 1e12 else { return "\(value)" }
    guard count > 0 else { return "\(Int64(value.rounded()))" }
    let tenths = Int64((value * 10).rounded())
    return "\(tenths / 10).\(tenths.magnitude % 10)"
  }
}
