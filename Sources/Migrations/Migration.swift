/// The layers of the schema, lowest first; each stands only on the one below it.
public enum MigrationLayer: String, Sendable, CaseIterable, Comparable {
  /// What was captured: the source of truth.
  case core
  /// What is derived from it and can be rebuilt.
  case analysis
  /// What nothing else needs.
  case intelligence

  /// Lower layers come first.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .core: 0
    case .analysis: 1
    case .intelligence: 2
    }
  }
}

/// One step of the schema: SQL that makes it and SQL that undoes it.
public struct Migration: Sendable, Equatable {
  /// The layer it belongs to.
  public let layer: MigrationLayer
  /// Its place in the layer, from 1.
  public let number: Int
  /// What it does, as in its file's name: `create_core`.
  public let name: String
  /// The SQL that makes it, UTF-8.
  public let up: [UInt8]
  /// The SQL that undoes it, UTF-8.
  public let down: [UInt8]

  /// A migration by its parts.
  public init(layer: MigrationLayer, number: Int, name: String, up: [UInt8], down: [UInt8]) {
    self.layer = layer
    self.number = number
    self.name = name
    self.up = up
    self.down = down
  }

  /// Layer, number and name as they are written: `core/0001_create_core`.
  public var title: String { Self.title(layer: layer.rawValue, number: number, name: name) }

  /// `layer/NNNN_name`.
  public static func title(layer: String, number: Int, name: String) -> String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
    return "\(layer)/\(zeros)\(digits)_\(name)"
  }

  /// How a migration's SQL is sent.
  public enum Script: Sendable, Equatable {
    /// All of it in one transaction.
    case transaction(String)
    /// Statement by statement, each for itself: the header says `-- transaction: none`.
    ///
    /// Statements are separated by lines `-- next`. A run that is killed starts again with the
    /// first, so each must be fit to run twice.
    case statements([String])
  }

  /// How `up`, or `down`, is sent.
  public static func script(_ sql: [UInt8]) -> Script {
    let text = String(decoding: sql, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let header = lines.prefix { $0.hasPrefix("--") }
    guard header.contains("-- transaction: none") else { return .transaction(text) }
    let statements = lines.split(separator: "-- next").map { $0.joined(separator: "\n") }
    return .statements(statements)
  }
}
