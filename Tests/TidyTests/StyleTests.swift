import Testing

/// House rules that neither the compiler nor the format lint knows.
@Suite struct StyleTests {
  static let linesMax = 400
  static let functionLinesMax = 70
  static let swift =
    Repository.sources + Repository.tests
    + Repository.files(in: "scripts/fuzzing/", endings: [".swift"])

  /// `@unchecked Sendable` that stands for a reason: path and what makes it safe.
  static let unchecked: [String: String] = [:]

  /// Whose `Task {` is the top of a tree of tasks.
  static let unstructuredTasks = ["Sources/Tool/", "Tests/"]

  @Test(arguments: swift) func filesAreShort(file: Repository.File) {
    #expect(file.lines.count <= Self.linesMax, "\(file.path): \(file.lines.count) lines")
  }

  @Test(arguments: swift) func functionsAreShort(file: Repository.File) {
    for (line, count) in FunctionLengths.of(file.lines) where count > Self.functionLinesMax {
      Issue.record("\(file.path):\(line): a function of \(count) lines")
    }
  }

  // Written in two parts, so that this file does not name them itself.
  @Test(arguments: ["try" + "!", "TO" + "DO", "FIX" + "ME", "fatal" + "Error("])
  func wordsThatAreNotWritten(word: String) {
    for file in Self.swift + Repository.files(endings: [".sql", ".sh", ".py"]) {
      for (index, line) in file.lines.enumerated() where line.contains(word) {
        Issue.record("\(file.path):\(index + 1): \(word)")
      }
    }
  }

  @Test func uncheckedSendableHasAReason() {
    let word = "@unche" + "cked"
    let found = Set(
      Self.swift.filter { file in
        file.lines.contains { $0.contains(word) && !$0.drop { $0 == " " }.hasPrefix("//") }
      }.map(\.path))
    #expect(found == Set(Self.unchecked.keys))
  }

  @Test(arguments: swift) func tasksHaveAParent(file: Repository.File) {
    guard !Self.unstructuredTasks.contains(where: { file.path.hasPrefix($0) }) else { return }
    for (index, line) in file.lines.enumerated() {
      let code = line.split(separator: "//", omittingEmptySubsequences: false).first ?? ""
      let isBare = code.contains("Task {") && !code.contains("addTask {")
      #expect(
        !isBare && !code.contains("Task.detached"),
        "\(file.path):\(index + 1): a task without parent")
    }
  }

  @Test(arguments: [
    (["func a() {", "}"], [2]), (["  func a() {", "    if x {", "    }", "  }"], [4]),
    (["func a() -> Int { 1 }"], [1]), (["  init(", "    a: Int", "  ) {", "  }"], [4]),
    (["protocol P {", "  func a()", "}"], [1]), (["let a = \"func b() {\""], []),
  ])
  func functionLengths(lines: [String], counts: [Int]) {
    #expect(FunctionLengths.of(lines.map { $0[...] }).map(\.count) == counts)
  }
}

/// Lengths of functions and initializers of formatted source: the end is the first line that closes
/// at the indentation of the start.
enum FunctionLengths {
  static func of(_ lines: [Substring]) -> [(line: Int, count: Int)] {
    var found: [(line: Int, count: Int)] = []
    for (index, line) in lines.enumerated() where startsFunction(line) {
      let indent = line.prefix { $0 == " " }
      var end = index
      // A signature over several lines ends where a line at its indentation opens the body.
      while end + 1 < lines.count, !lines[end].hasSuffix("{"), !isOver(lines[end]),
        lines[end + 1].hasPrefix(indent + " ") || lines[end + 1].hasPrefix(indent + ")")
      {
        end += 1
      }
      if lines[end].hasSuffix("{") {
        while end + 1 < lines.count, lines[end] != indent + "}" { end += 1 }
      }
      found.append((index + 1, end - index + 1))
    }
    return found
  }

  private static func isOver(_ line: Substring) -> Bool {
    line.hasSuffix("}") || (line.hasSuffix(")") && !line.contains("{"))
  }

  private static func startsFunction(_ line: Substring) -> Bool {
    let words = line.split(separator: " ")
    guard
      let at = words.firstIndex(where: {
        $0 == "func" || $0.hasPrefix("init(") || $0.hasPrefix("init?(") || $0.hasPrefix("init<")
      })
    else { return false }
    return words[..<at].allSatisfy { word in
      word.hasPrefix("@") || modifiers.contains(word) || word.hasSuffix(")")
    }
  }

  private static let modifiers: Set<Substring> = [
    "public", "package", "internal", "private", "fileprivate", "static", "mutating", "consuming",
    "borrowing", "nonisolated", "override", "isolated", "final", "convenience", "required",
  ]
}
