import Foundation
import PlanText
import Testing

/// Pairs of the two forms of one plan, written by a PostgreSQL server.
struct ExplainPairTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
      "fixtures/plans")

  static let names: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (files ?? []).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test func pairsAreThere() {
    #expect(Self.names.count > 70)
  }

  @Test(arguments: names)
  func textEqualsTheServers(name: String) throws {
    let json = try Data(contentsOf: Self.folder.appendingPathComponent("\(name).json"))
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("\(name).plan"), encoding: .utf8)
    #expect(try ExplainText.render(json: [UInt8](json)) == text)
  }
}
