/// How auto_explain wrote a plan (auto_explain.log_format).
public enum PlanFormat: UInt8, Sendable { case json, text, xml, yaml }

/// What one scan over a plan's bytes found, without building a tree.
public struct PlanFacts: Sendable {
  /// How it is written.
  public var format: PlanFormat
  /// The plan's bytes as the record has them, without `plan:\n`.
  public var body: ByteRange
  /// "Query Text", unescaped; empty range and `queryTextKey == .none` where it has none.
  public var queryText: ByteRange = .none
  /// Key of `queryText`.
  public var queryTextKey: TextKey = .none
  /// Whether `jsonb` keeps the document without loss: valid JSON by the server's rules, no
  /// `\u0000`, no lone surrogate, no key twice in one object, depth and sizes within its limits.
  public var fitsJSONB = false
  /// Why it does not fit, for the one who asks where the JSONB is; empty when it fits.
  public var unfitReason: StaticString = ""
  /// "Query Identifier", PostgreSQL's own id of exactly this plan's statement (16+, verbose).
  public var queryIdentifier: Int64?
  /// Whether the plan's root was executed: "Actual Loops" above 0.
  public var hasActualLoops = false
  /// "Actual Rows" of the root times its loops, rounded; nil without ANALYZE figures.
  public var actualRows: Int64?
  /// A ModifyTable node is in the plan: rows were changed, the portal ran to its end in Execute.
  public var hasModifyTable = false
  /// Rows that the root's ModifyTable changed (its child's rows), nil if not such a plan.
  public var rowsAffected: Int64?
  /// Hash of the plan's structure: node types, relations, indexes, join types and nesting, without
  /// figures and expressions. 0 for plans that are not JSON.
  public var shape: Int64 = 0
  /// Number of plan nodes.
  public var nodes: Int = 0

  /// Facts of a plan of which nothing but format and extent is known.
  public init(format: PlanFormat, body: ByteRange) {
    self.format = format
    self.body = body
  }

  /// Notes what the root node says of its execution.
  public mutating func setRoot(rows: Double, loops: Double) {
    hasActualLoops = loops > 0
    let total = rows * loops
    actualRows = total.isFinite && abs(total) < 9e18 ? Int64(total.rounded()) : nil
  }
}
