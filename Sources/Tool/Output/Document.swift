/// A result: one or more parts, each with a name for programs and a title for people.
struct Document: Equatable {
  /// A column of a table.
  struct Column: Equatable {
    /// Its key in JSON and CSV: `total_ms`.
    var name: String
    /// Its heading for people: `total ms`.
    var heading: String
    /// It gives way when the table is wider than the terminal.
    var isElastic: Bool
    /// Programs get it, people do not.
    var isHidden: Bool

    init(
      _ name: String, _ heading: String? = nil, isElastic: Bool = false, isHidden: Bool = false
    ) {
      self.name = name
      self.heading = heading ?? name
      self.isElastic = isElastic
      self.isHidden = isHidden
    }
  }

  /// What a part holds.
  enum Content: Equatable {
    case table([Column], [[Cell]])
    /// One thing: name, heading, value.
    case record([(Column, Cell)])
    /// A text that stands alone for people and is one value for programs.
    case block(Cell)

    static func == (a: Content, b: Content) -> Bool {
      switch (a, b) {
      case (.table(let c, let r), .table(let d, let s)): c == d && r == s
      case (.record(let a), .record(let b)): a.elementsEqual(b) { $0.0 == $1.0 && $0.1 == $1.1 }
      case (.block(let a), .block(let b)): a == b
      default: false
      }
    }
  }

  struct Part: Equatable {
    /// Its key in JSON; nil: a record's values stand at the top, a table is the whole document.
    var name: String?
    /// What people see above it.
    var title: String?
    var content: Content
    /// What people see where the table has no row.
    var emptyNote: String?
  }

  var parts: [Part] = []

  mutating func add(
    table columns: [Column], _ rows: [[Cell]], name: String? = nil, title: String? = nil,
    emptyNote: String? = nil
  ) {
    parts.append(
      Part(name: name, title: title, content: .table(columns, rows), emptyNote: emptyNote))
  }

  mutating func add(
    record values: [(Column, Cell)], name: String? = nil, title: String? = nil
  ) {
    parts.append(Part(name: name, title: title, content: .record(values), emptyNote: nil))
  }

  mutating func add(block cell: Cell, name: String, title: String? = nil) {
    parts.append(Part(name: name, title: title, content: .block(cell), emptyNote: nil))
  }
}
