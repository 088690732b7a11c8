import Foundation
import Ingest
import LogModel
import LogSource
import TestSupport
import Testing

@testable import Tool

/// What the health file and STATUS say.
struct TailStateTests {
  static func time(_ seconds: Int64) -> LogTime {
    LogTime(microseconds: 1_796_000_000_000_000 + seconds * 1_000_000)
  }

  @Test func aTailIsReadyWhenEverySourceHasHadItsFirstLook() {
    var state = TailState(at: Self.time(0))
    #expect(state.condition == .starting && !state.isReady)
    state.start("a", at: Self.time(1))
    state.start("b", at: Self.time(1))
    state.apply(.started(logs: 2), of: "a", at: Self.time(2))
    #expect(state.condition == .starting && !state.isReady && state.line == "starting")
    state.apply(.started(logs: 1), of: "b", at: Self.time(3))
    #expect(state.condition == .following && state.isReady && state.since == Self.time(3))
    #expect(state.line == "following 3 logs of 2 sources")
    state.apply(.opened(LogPath("/l/c")), of: "b", at: Self.time(4))
    state.apply(.finished(LogPath("/l/b")), of: "b", at: Self.time(5))
    state.apply(.looked(logs: 2), of: "b", at: Self.time(5))
    #expect(state.sources["b"]?.logs == 2 && state.since == Self.time(3))
  }

  @Test func aTailThatWaitsForItsStoreIsReady() {
    var state = TailState(at: Self.time(0))
    state.waitForStore("the store: no answer.", at: Self.time(1))
    #expect(state.condition == .waitingForStore && state.isReady)
    #expect(state.problem == "the store: no answer.")
    state.start("a", at: Self.time(2))
    #expect(state.condition == .starting && state.problem == nil)
    state.apply(.storeAway("gone"), of: "a", at: Self.time(3))
    #expect(state.isReady && state.line == "waiting for the store: gone")
    state.apply(.storeBack, of: "a", at: Self.time(4))
    #expect(state.condition == .starting && state.problem == nil)
    state.apply(.started(logs: 1), of: "a", at: Self.time(5))
    state.apply(.storeAway("gone again"), of: "a", at: Self.time(6))
    state.apply(.storeBack, of: "a", at: Self.time(7))
    #expect(state.condition == .following && state.since == Self.time(7))
    #expect(state.sources["a"]?.problem == "gone again")
    #expect(state.sources["a"]?.problemAt == Self.time(6))
  }

  @Test func oneSourceThatWaitsIsTold() {
    var state = TailState(at: Self.time(0))
    for name in ["a", "b"] { state.start(name, at: Self.time(1)) }
    state.apply(.started(logs: 1), of: "a", at: Self.time(2))
    state.apply(.storeAway("gone"), of: "b", at: Self.time(2))
    #expect(state.condition == .waitingForStore && state.isReady && state.problem == "gone")
    state.end("b", at: Self.time(3))
    #expect(state.condition == .following && state.problem == nil)
  }

  @Test func aRefusedConfigurationIsAProblemUntilOneIsTaken() {
    var state = TailState(at: Self.time(0))
    state.start("a", at: Self.time(0))
    state.apply(.started(logs: 1), of: "a", at: Self.time(0))
    state.configure(refusal: "line 3", at: Self.time(1))
    #expect(state.condition == .following && state.line == "following 1 log of 1 source; line 3")
    state.configure(refusal: nil, at: Self.time(2))
    #expect(state.problem == nil)
  }

  @Test func theEndKeepsItsReason() {
    var state = TailState(at: Self.time(0))
    state.start("a", at: Self.time(0))
    state.stop("the schema is newer", at: Self.time(1))
    state.stop(nil, at: Self.time(2))
    state.end("a", at: Self.time(2))
    #expect(state.condition == .stopping && state.since == Self.time(1) && !state.isReady)
    #expect(state.line == "stopping: the schema is newer")
    #expect(state.sources["a"]?.condition == .stopping)
  }

  @Test func noticesOfASourceThatIsGoneChangeNothing() {
    var state = TailState(at: Self.time(0))
    state.apply(.started(logs: 1), of: "a", at: Self.time(1))
    #expect(state == TailState(at: Self.time(0)))
  }

  @Test func reportIsJSON() throws {
    var state = TailState(at: Self.time(0))
    state.start("b \"x\"", at: Self.time(0))
    state.start("a", at: Self.time(0))
    state.apply(.started(logs: 3), of: "a", at: Self.time(1))
    state.apply(.problem(LogPath("/l/\u{1B}x"), "torn"), of: "a", at: Self.time(2))
    let text = HealthReport.json(
      state, processID: 42, version: "1.2.3", at: LogTime(microseconds: -1_001_000))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == ["state", "since", "problem", "pid", "version", "updated_at", "sources"])
    #expect(object["state"] as? String == "starting" && object["problem"] is NSNull)
    #expect(object["since"] as? String == "2026-11-30T00:53:20.000Z")
    #expect(object["pid"] as? Int == 42 && object["version"] as? String == "1.2.3")
    #expect(object["updated_at"] as? String == "1969-12-31T23:59:58.999Z")
    let sources = try #require(object["sources"] as? [[String: Any]])
    #expect(sources.map { $0["source"] as? String } == ["a", "b \"x\""])
    #expect(sources.map { $0["state"] as? String } == ["following", "starting"])
    #expect(sources.first?["logs"] as? Int == 3)
    #expect(sources.first?["problem"] as? String == "/l/\\x1Bx: torn")
    #expect(sources.first?["problem_at"] as? String == "2026-11-30T00:53:22.000Z")
  }

  @Test func reportsHoldNoCredentials() {
    let secret = "postgresql://u:CANARY@h/d and password=CANARY"
    var state = TailState(at: Self.time(0))
    state.waitForStore(secret, at: Self.time(0))
    func check() {
      let text = HealthReport.json(state, processID: 1, version: "", at: Self.time(1))
      #expect(!text.contains("CANARY") && !state.line.contains("CANARY"))
    }
    check()
    state.start("a", at: Self.time(1))
    state.apply(.storeAway(secret), of: "a", at: Self.time(1))
    check()
    state.apply(.problem(LogPath("/l"), secret), of: "a", at: Self.time(1))
    state.apply(.storeBack, of: "a", at: Self.time(1))
    state.configure(refusal: secret, at: Self.time(1))
    check()
    state.stop(secret, at: Self.time(1))
    check()
  }

  @Test func writesAreAtMostOneASecondAndAtLeastOneEveryTen() {
    let start = ContinuousClock.now
    var pace = HealthPace()
    #expect(pace.delay(isChanged: false, at: start) == .zero)
    pace.wrote(at: start)
    #expect(pace.delay(isChanged: true, at: start + .milliseconds(300)) == .milliseconds(700))
    #expect(pace.delay(isChanged: true, at: start + .seconds(1)) == .zero)
    #expect(pace.delay(isChanged: false, at: start + .seconds(4)) == .seconds(6))
    #expect(pace.delay(isChanged: false, at: start + .seconds(11)) == .zero)
  }

  @Test func theFileIsReplacedWhole() async throws {
    let folder = try TemporaryDirectory()
    let path = folder.path + "/health.json"
    let file = HealthFile()
    #expect(await file.write("one", to: path) == nil)
    let held = try #require(FileHandle(forReadingAtPath: path))
    #expect(await file.write("two, longer", to: path) == nil)
    // Who had the old one open reads the old one.
    #expect(try held.readToEnd() == Data("one".utf8))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "two, longer")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["health.json"])
  }

  @Test func whatKeepsTheFileFromBeingWrittenIsNamed() async throws {
    let folder = try TemporaryDirectory()
    let file = HealthFile()
    let missing = folder.path + "/none/health.json"
    #expect(
      await file.write("x", to: missing)
        == "\(missing): the health file can't be written: No such file or directory")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/d/e", withIntermediateDirectories: true)
    #expect(await file.write("x", to: folder.path + "/d")?.hasSuffix(": Is a directory") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["d"])
    // A disk that is full takes no byte.
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/.full.new", withDestinationPath: "/dev/full")
    #expect(await file.write("x", to: folder.path + "/full") != nil)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/full"))
  }
}
