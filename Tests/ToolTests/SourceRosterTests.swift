import LogParsing
import QueryShape
import TestSupport
import Testing

@testable import Tool

/// What a reload stops, starts and leaves alone.
struct SourceRosterTests {
  static func source(
    _ name: String, paths: [String] = ["/l"], flush: Int = 100, store: String = "s"
  ) -> FollowedSource {
    FollowedSource(
      source: ImportSettings.Source(
        name: name, paths: paths, timezones: [], encoding: .latin1, samples: .raw,
        settingsFile: nil),
      flushInterval: .milliseconds(flush), conninfo: store)
  }

  @Test func newSourcesStartAndOthersAreNotTouched() {
    var roster = SourceRoster()
    #expect(roster.isEmpty && roster.isSettled)
    #expect(roster.want([Self.source("a")]) == [.start(Self.source("a"))])
    #expect(roster.isSettled)
    #expect(
      roster.want([Self.source("a"), Self.source("b")]) == [.start(Self.source("b"))])
    #expect(roster.want([Self.source("b"), Self.source("a")]).isEmpty && roster.isSettled)
  }

  @Test(arguments: [
    source("a", paths: ["/m"]), source("a", flush: 50), source("a", store: "t"),
  ])
  func aChangedSourceStartsWhenItsRunIsOver(changed: FollowedSource) {
    var roster = SourceRoster()
    _ = roster.want([Self.source("a"), Self.source("b")])
    #expect(roster.want([changed, Self.source("b")]) == [.stop("a")])
    #expect(!roster.isSettled)
    let (wasAsked, steps) = roster.ended("a")
    #expect(wasAsked && steps == [.start(changed)] && roster.isSettled)
  }

  @Test func aRemovedSourceIsStopped() {
    var roster = SourceRoster()
    _ = roster.want([Self.source("a"), Self.source("b")])
    #expect(roster.want([Self.source("b")]) == [.stop("a")])
    #expect(!roster.isSettled)
    let (wasAsked, steps) = roster.ended("a")
    #expect(wasAsked && steps.isEmpty && roster.isSettled && !roster.isEmpty)
  }

  @Test func whatIsWantedLastCounts() {
    var roster = SourceRoster()
    _ = roster.want([Self.source("a")])
    #expect(roster.want([Self.source("a", flush: 50)]) == [.stop("a")])
    // While it stops it is wanted otherwise, then as it was: it is started anew all the same.
    #expect(roster.want([Self.source("a", flush: 20)]).isEmpty)
    #expect(roster.want([Self.source("a")]).isEmpty && !roster.isSettled)
    #expect(roster.ended("a").steps == [.start(Self.source("a"))])
    #expect(roster.want([]) == [.stop("a")])
    #expect(roster.ended("a").steps.isEmpty && roster.isEmpty)
  }

  @Test func aRunThatEndsByItselfWasNotAsked() {
    var roster = SourceRoster()
    _ = roster.want([Self.source("a"), Self.source("b")])
    let (wasAsked, steps) = roster.ended("b")
    #expect(!wasAsked && steps.isEmpty && !roster.isSettled)
  }

  @Test func aReloadIsToldByNames() {
    var roster = SourceRoster()
    _ = roster.want(["a", "b", "c"].map { Self.source($0) })
    let next = [Self.source("a"), Self.source("b", flush: 50), Self.source("d")]
    #expect(
      roster.difference(to: next)
        == .init(added: ["d"], removed: ["c"], changed: ["b"], kept: ["a"]))
    #expect(
      roster.difference(to: next).text == "new: d; gone: c; changed: b; unchanged: a")
  }

  /// Whatever is asked in whatever order, no two runs of a source overlap, and in the end what runs
  /// is what was wanted last.
  @Test(arguments: 0..<200) func anyOrder(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var roster = SourceRoster()
    var running: [String: FollowedSource] = [:]
    var stopping: Set<String> = []
    func perform(_ steps: [SourceRoster.Step]) {
      for step in steps {
        switch step {
        case .start(let source):
          #expect(running.updateValue(source, forKey: source.name) == nil)
        case .stop(let name):
          #expect(running[name] != nil && stopping.insert(name).inserted)
        }
      }
    }
    func end(_ name: String) {
      running[name] = nil
      let (wasAsked, steps) = roster.ended(name)
      #expect(wasAsked && stopping.remove(name) != nil)
      perform(steps)
    }
    var wanted: [FollowedSource] = []
    for _ in 0..<30 {
      if let name = stopping.sorted().randomElement(using: &random), Bool.random(using: &random) {
        end(name)
      } else {
        wanted = ["a", "b", "c"].filter { _ in Bool.random(using: &random) }
          .map { Self.source($0, flush: Int.random(in: 1...2, using: &random)) }
        perform(roster.want(wanted))
      }
    }
    while let name = stopping.sorted().first { end(name) }
    #expect(roster.isSettled)
    #expect(running.values.sorted { $0.name < $1.name } == wanted)
  }
}
