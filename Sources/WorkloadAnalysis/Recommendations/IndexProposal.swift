/// An index that would serve some scans: columns compared for equality, whose order is free, then others in
/// their order.
public struct IndexProposal: Sendable, Equatable {
  /// More columns are never proposed.
  public static let columnsMax = 3

  /// The table, with its schema where that is known; quoted as needed.
  public let table: String
  /// Columns whose place is settled, from the first on.
  private var settled: [String]
  /// Columns that may stand in any order behind these.
  private var free: [String]
  /// Columns that have to stand last, in this order.
  private var last: [String]

  /// An index on `columns`, quoted as needed, of which the first `equalCount` are compared for equality; nil
  /// without a column. Columns beyond the third are left out.
  public init?(table: String, columns: [String], equalCount: Int) {
    let columns = columns.prefix(Self.columnsMax)
    guard !table.isEmpty, !columns.isEmpty else { return nil }
    self.table = table
    settled = []
    free = Array(columns.prefix(equalCount))
    last = Array(columns.dropFirst(equalCount))
  }

  /// Its columns in an order that serves all scans that it was made for.
  public var columns: [String] { settled + free + last }

  /// The statement that makes it.
  public var ddl: String {
    "CREATE INDEX CONCURRENTLY ON \(table) (\(columns.joined(separator: ", ")))"
  }

  /// One index that serves the scans of both; nil when none with so few columns does.
  public func merged(with other: IndexProposal) -> IndexProposal? {
    guard table == other.table else { return nil }
    let (wide, narrow) = columns.count >= other.columns.count ? (self, other) : (other, self)
    var merged = wide
    return merged.take(narrow) ? merged : nil
  }

  /// Whether an index on `columns` begins as this one may begin, or this one as that: they stand for the same
  /// cause, one after the other.
  public func isAkin(to columns: [String]) -> Bool {
    let common = min(columns.count, self.columns.count)
    return common > 0 && Set(columns.prefix(common)) == Set(self.columns.prefix(common))
  }

  /// Orders the free columns so that the index begins with those of `other`.
  private mutating func take(_ other: IndexProposal) -> Bool {
    var place = 0
    // What the other one has settled is a sequence; what is free there comes as one set.
    for set in other.settled.map({ [$0] }) + [other.free] + other.last.map({ [$0] }) {
      guard settle(set, from: place) else { return false }
      place += set.count
    }
    return true
  }

  /// Puts a set of columns on the places from `start` on; those before are settled.
  private mutating func settle(_ set: [String], from start: Int) -> Bool {
    var wanted = set
    for place in start..<start + set.count where place < settled.count {
      guard let index = wanted.firstIndex(of: settled[place]) else { return false }
      wanted.remove(at: index)
    }
    for column in wanted where free.contains(column) {
      settled.append(column)
      free.removeAll { $0 == column }
    }
    for column in wanted where !settled.contains(column) {
      guard free.isEmpty, last.first == column else { return false }
      settled.append(last.removeFirst())
    }
    return true
  }
}
