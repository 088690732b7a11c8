public import LogStore

/// The last stage of the pipeline: analyzes what was committed, behind a channel of commit notices.
///
/// The channel holds one notice and drops the rest: the analysis works from watermarks, so that a notice only
/// wakes it, and a lost one costs nothing. It has its own connection, rests most of the time, and a failure ends
/// nothing: it is told once, and tried again later with longer and longer pauses. Capture never waits for it.
public struct AnalysisFollower: Sendable {
  /// What it tells.
  public enum Notice: Sendable, Equatable {
    /// Something new was analyzed.
    case analyzed(AnalysisSummary)
    /// It could not be done; told once until it can.
    case failed(String)
    /// It can be done again.
    case recovered
  }

  /// How often it works.
  public struct Pace: Sendable {
    /// From the begin of one analysis to that of the next, at least.
    public var interval = Duration.seconds(30)
    /// The pause behind an analysis is so many times what that took.
    public var restFactor = 19
    /// The longest pause behind a failure.
    public var pauseMax = Duration.seconds(300)

    /// A twentieth of the time at most, twice a minute at most.
    public init() {}
  }

  private let pace: Pace
  private let schemaCheck: Store.SchemaCheck
  private let notify: @Sendable (Notice) -> Void
  private let notices: AsyncStream<String>
  private let inlet: AsyncStream<String>.Continuation

  /// A follower that tells through `notify`. `schemaCheck` runs on every new connection to the store.
  public init(
    pace: Pace = Pace(), schemaCheck: @escaping Store.SchemaCheck = Store.requireAnalysisSchema,
    notify: @escaping @Sendable (Notice) -> Void
  ) {
    self.pace = pace
    self.schemaCheck = schemaCheck
    self.notify = notify
    (notices, inlet) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Notes that something was committed to the store `conninfo`; never waits.
  public func wake(_ conninfo: String) { inlet.yield(conninfo) }

  /// Analyzes behind each notice until it is cancelled.
  public func run() async {
    var backOff = BackOff(from: pace.interval, to: max(pace.interval, pace.pauseMax))
    var isFailing = false
    for await conninfo in notices {
      let began = ContinuousClock.now
      var pause = Duration.zero
      do {
        let isDone = try await analyze(conninfo)
        // Another analysis may have begun before this commit.
        if !isDone { wake(conninfo) }
        if isFailing { notify(.recovered) }
        isFailing = false
        backOff.reset()
        pause = (ContinuousClock.now - began) * pace.restFactor
      } catch {
        guard !Task.isCancelled else { return }
        if !isFailing { notify(.failed("\(error)")) }
        isFailing = true
        pause = backOff.next()
        // What was committed is still to be analyzed.
        wake(conninfo)
      }
      let left = max(pause, pace.interval - (ContinuousClock.now - began))
      guard (try? await Task.sleep(for: left)) != nil else { return }
    }
  }

  /// False when another analysis is at work.
  private func analyze(_ conninfo: String) async throws -> Bool {
    let run = AnalysisRun(
      settings: AnalysisSettings(conninfo: conninfo), schemaCheck: schemaCheck)
    guard let summary = try await run.run() else { return false }
    if summary != AnalysisSummary() { notify(.analyzed(summary)) }
    return true
  }
}
