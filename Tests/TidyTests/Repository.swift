import Foundation
import Testing

/// The repository that this test file stands in, as files of text.
struct Repository {
  /// One text file.
  struct File: CustomTestStringConvertible {
    /// Path relative to the root, as `Sources/LogModel/Facts.swift`.
    let path: String
    let text: String

    var testDescription: String { path }

    var lines: [Substring] {
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      if lines.last == "" { lines.removeLast() }
      return lines
    }

    /// The target that a file under Sources or Tests belongs to.
    var target: String { String(path.split(separator: "/").dropFirst().first ?? "") }
  }

  static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Everything in the repository but what builds leave behind and what git keeps for itself.
  static let paths: [String] = {
    let found = FileManager.default.enumerator(atPath: root.path)
    var paths: [String] = []
    while let path = found?.nextObject() as? String {
      let name = path.split(separator: "/").last ?? ""
      if name == ".git" || name.hasPrefix(".build") {
        found?.skipDescendants()
      } else {
        paths.append(path)
      }
    }
    return paths.sorted()
  }()

  /// Text files whose path ends with one of `endings`, below `folder`.
  static func files(in folder: String = "", endings: [String]) -> [File] {
    paths.filter { path in
      path.hasPrefix(folder) && endings.contains { path.hasSuffix($0) }
    }.compactMap { path in
      guard let data = FileManager.default.contents(atPath: root.appending(path: path).path),
        let text = String(data: data, encoding: .utf8)
      else { return nil }
      return File(path: path, text: text)
    }
  }

  static let sources = files(in: "Sources/", endings: [".swift"])
  static let tests = files(in: "Tests/", endings: [".swift"])

  /// A file at the root or below it.
  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}
