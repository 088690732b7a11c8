import Ingest
import LogModel
internal import SQLText

/// What a tail is doing, as the health file and the service manager are told; no I/O, no clock.
struct TailState: Equatable, Sendable {
  enum Condition: String, Sendable {
    /// The first look at all logs is not over.
    case starting
    case following
    case waitingForStore = "waiting_for_store"
    case stopping
  }

  /// One source.
  struct Source: Equatable, Sendable {
    var condition = Condition.starting
    var since: LogTime
    /// Logs that were found in the last look at everything.
    var logs = 0
    /// What was wrong last, with the store or with a log.
    var problem: String?
    var problemAt: LogTime?
    /// The first look is over.
    var hasStarted = false
  }

  private(set) var condition = Condition.starting
  private(set) var since: LogTime
  private(set) var sources: [String: Source] = [:]
  /// Why no source can be followed yet: the store is away.
  private var storeProblem: String?
  /// Why the configuration was not taken.
  private var refusal: String?
  /// What ended it.
  private var end: String?
  private var isStopping = false

  init(at time: LogTime) { since = time }

  /// Every source has had its first look, or can't for want of the store.
  var isReady: Bool {
    switch condition {
    case .following, .waitingForStore:
      storeProblem != nil || sources.values.allSatisfy { $0.condition != .starting }
    case .starting, .stopping: false
    }
  }

  /// What keeps it from its work, or what somebody has to correct.
  var problem: String? {
    let waiting = sources.sorted { $0.key < $1.key }
      .first { $0.value.condition == .waitingForStore }
    return end ?? storeProblem ?? waiting?.value.problem ?? refusal
  }

  /// One line for people.
  var line: String {
    let logs = sources.values.reduce(0) { $0 + $1.logs }
    let following = "\(Self.count(logs, "log")) of \(Self.count(sources.count, "source"))"
    let text =
      switch condition {
      case .starting: "starting"
      case .following: "following \(following)" + (problem.map { "; \($0)" } ?? "")
      case .waitingForStore: "waiting for the store" + (problem.map { ": \($0)" } ?? "")
      case .stopping: "stopping" + (end.map { ": \($0)" } ?? "")
      }
    return SafeText.line(text)
  }

  private static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  // MARK: changes

  /// A source is followed from now on.
  mutating func start(_ name: String, at time: LogTime) {
    storeProblem = nil
    sources[name] = Source(since: time)
    settle(at: time)
  }

  /// A source is followed no longer. At the end of all they stay, as what they were.
  mutating func end(_ name: String, at time: LogTime) {
    if isStopping { sources[name]?.turn(.stopping, at: time) } else { sources[name] = nil }
    settle(at: time)
  }

  /// A source's run has told something.
  mutating func apply(_ notice: TailNotice, of name: String, at time: LogTime) {
    guard var source = sources[name] else { return }
    switch notice {
    case .started(let logs):
      source.logs = logs
      source.hasStarted = true
      source.turn(.following, at: time)
    case .looked(let logs): source.logs = logs
    case .opened, .finished: break
    case .lost(let path, _, _):
      source.fail("\(path): gone before it was read; see file_gaps", at: time)
    case .problem(let path, let problem): source.fail("\(path): \(problem)", at: time)
    case .storeAway(let problem):
      source.fail(problem, at: time)
      source.turn(.waitingForStore, at: time)
    case .storeBack: source.turn(source.hasStarted ? .following : .starting, at: time)
    }
    sources[name] = source
    settle(at: time)
  }

  /// The store is needed before anything can be followed, and is away.
  mutating func waitForStore(_ problem: String, at time: LogTime) {
    storeProblem = Self.kept(problem)
    settle(at: time)
  }

  /// A configuration was taken (nil), or refused.
  mutating func configure(refusal: String?, at time: LogTime) {
    self.refusal = refusal.map { Self.kept($0) }
    settle(at: time)
  }

  /// It ends; `problem` is what ends it, nil when it was asked to.
  mutating func stop(_ problem: String?, at time: LogTime) {
    isStopping = true
    end = problem.map { Self.kept($0) } ?? end
    settle(at: time)
  }

  private mutating func settle(at time: LogTime) {
    let now: Condition =
      if isStopping {
        .stopping
      } else if storeProblem != nil
        || sources.values.contains(where: { $0.condition == .waitingForStore })
      {
        .waitingForStore
      } else if sources.isEmpty || sources.values.contains(where: { $0.condition == .starting }) {
        .starting
      } else {
        .following
      }
    guard now != condition else { return }
    condition = now
    since = time
  }

  /// Problems are shown to whoever may read the health file or ask the service manager: no
  /// credentials, no more than fits on a screen.
  fileprivate static func kept(_ problem: String) -> String {
    let bytes = Array(problem.utf8.prefix(2000))
    let clean = bytes.withUnsafeBufferPointer { CredentialScrubber.scrub($0) } ?? bytes
    return String(decoding: clean, as: UTF8.self)
  }
}

extension TailState.Source {
  fileprivate mutating func turn(_ next: TailState.Condition, at time: LogTime) {
    guard next != condition else { return }
    condition = next
    since = time
  }

  fileprivate mutating func fail(_ text: String, at time: LogTime) {
    problem = TailState.kept(text)
    problemAt = time
  }
}
