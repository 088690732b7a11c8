/// What a rule found in a plan: one cause, what it rests on, what it costs, what to do.
public struct Finding: Sendable, Equatable {
  /// How much there is to gain.
  public enum Severity: UInt8, Sendable, Comparable, CaseIterable {
    case info, low, medium, high, critical

    /// By how much time is at stake.
    public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }

    /// Its name in reports.
    public var name: String {
      switch self {
      case .info: "info"
      case .low: "low"
      case .medium: "medium"
      case .high: "high"
      case .critical: "critical"
      }
    }
  }

  /// A named figure with its unit (`ms`, `rows`, `blocks`, `kB`, `loops`, `ratio`, …).
  public struct Figure: Sendable, Equatable {
    /// What it says.
    public var name: String
    /// Its value.
    public var value: Double
    /// Its unit.
    public var unit: String

    /// A figure by its parts.
    public init(_ name: String, _ value: Double, _ unit: String) {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  /// A finding that this one explains.
  public struct Symptom: Sendable, Equatable {
    /// The rule that found it.
    public var rule: String
    /// Where.
    public var path: String
  }

  /// A btree index that would serve a scan.
  public struct ProposedIndex: Sendable, Equatable {
    /// The table, with its schema where the plan names it; quoted as needed.
    public var table: String
    /// Its columns, quoted as needed.
    public var columns: [String]
    /// The first so many are compared for equality: their order is free.
    public var equalCount: Int
  }

  /// The rule's stable id.
  public var rule: String
  /// Index of the node in the tree.
  public var node: Int
  /// The node in the document, as `jsonb`'s `#>` takes it.
  public var path: String
  /// What the node is, for people: `Seq Scan on orders`.
  public var place: String
  /// The figures that it rests on.
  public var figures: [Figure]
  /// How much there is to gain.
  public var severity: Severity
  /// 0…1; from 0.4 on it is shown, from 0.75 on it is certain.
  public var confidence: Double
  /// Time that an execution would save at most, in ms.
  public var savingMs: Double
  /// What is the matter.
  public var explanation: String
  /// What to do.
  public var remedy: String
  /// The statement that does it, where there is one.
  public var ddl: String?
  /// What else was found and has the same cause.
  public var symptoms: [Symptom]
  /// The index that the statement makes, where it makes a plain one.
  public var index: ProposedIndex?

  /// Whether it is sure enough to be shown.
  public var isShown: Bool { confidence >= 0.4 }
  /// Whether there is little doubt.
  public var isCertain: Bool { confidence >= 0.75 }
}
