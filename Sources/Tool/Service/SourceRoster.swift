import LogStore

/// All that the following of one source depends on: when any of it changes, it is followed anew.
struct FollowedSource: Equatable, Sendable {
  var source: ImportSettings.Source
  var flushInterval: Duration
  /// Connection string of the store.
  var conninfo: String
  /// What is known of the server's settings from a file.
  var serverSettings: [ServerSetting] = []

  var name: String { source.name }
}

/// Which sources are followed and which shall be, by name; no I/O, no clock.
///
///     wanted ──start──► running ──stop──► stopping ──ended──► (started anew when it is wanted)
///
/// A source whose settings changed is started only after its old run has ended, so that one run at a
/// time reads a source's logs. What did not change is not touched.
struct SourceRoster: Equatable, Sendable {
  /// What has to be done.
  enum Step: Equatable, Sendable {
    case stop(String)
    case start(FollowedSource)
  }

  private struct Run: Equatable {
    var source: FollowedSource
    var isStopping = false
  }

  private var wanted: [String: FollowedSource] = [:]
  private var runs: [String: Run] = [:]

  /// Nothing runs.
  var isEmpty: Bool { runs.isEmpty }

  /// What runs is what is wanted.
  var isSettled: Bool {
    runs.count == wanted.count
      && runs.values.allSatisfy { !$0.isStopping && wanted[$0.source.name] == $0.source }
  }

  /// From now on `sources` shall be followed, no others. The names have to differ.
  mutating func want(_ sources: [FollowedSource]) -> [Step] {
    wanted = Dictionary(uniqueKeysWithValues: sources.map { ($0.name, $0) })
    var steps: [Step] = []
    for (name, run) in runs.sorted(by: { $0.key < $1.key })
    where !run.isStopping && wanted[name] != run.source {
      runs[name]?.isStopping = true
      steps.append(.stop(name))
    }
    for source in sources where runs[source.name] == nil {
      runs[source.name] = Run(source: source)
      steps.append(.start(source))
    }
    return steps
  }

  /// The run of a source is over. Whether it was asked to end, and what has to be done now.
  mutating func ended(_ name: String) -> (wasAsked: Bool, steps: [Step]) {
    guard let run = runs.removeValue(forKey: name) else {
      preconditionFailure("no run of this source")
    }
    guard run.isStopping, let source = wanted[name] else { return (run.isStopping, []) }
    runs[name] = Run(source: source)
    return (true, [.start(source)])
  }

  /// What `want(sources)` would come to, for people.
  func difference(to sources: [FollowedSource]) -> Difference {
    var difference = Difference()
    for source in sources {
      switch wanted[source.name] {
      case source: difference.kept.append(source.name)
      case nil: difference.added.append(source.name)
      default: difference.changed.append(source.name)
      }
    }
    let names = Set(sources.map(\.name))
    difference.removed = wanted.keys.filter { !names.contains($0) }.sorted()
    return difference
  }

  /// Names of sources, by what a reload means for them.
  struct Difference: Equatable {
    var added: [String] = []
    var removed: [String] = []
    var changed: [String] = []
    var kept: [String] = []

    var text: String {
      let parts = [("new", added), ("gone", removed), ("changed", changed), ("unchanged", kept)]
      return parts.filter { !$0.1.isEmpty }
        .map { "\($0.0): \($0.1.joined(separator: ", "))" }.joined(separator: "; ")
    }
  }
}
