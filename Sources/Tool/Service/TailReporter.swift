import ArgumentParser
import Ingest
import LogModel
internal import Glibc
internal import Synchronization

/// Tells the health file and the service manager what a tail is doing. That one of them can't be told
/// is said once and tried again; the tail goes on.
final class TailReporter: Sendable {
  private struct Kept {
    var state: TailState
    var healthFile: String?
    var pace = HealthPace()
    /// What changed since the last report.
    var isChanged = true
    var isReadyTold = false
    var lineTold: String?
    var isHealthProblemTold = false
  }

  private let console: Console
  private let manager: ServiceManager
  private let file = HealthFile()
  private let kept: Mutex<Kept>
  /// Something changed, or time has passed.
  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation

  init(console: Console, manager: ServiceManager) {
    self.console = console
    self.manager = manager
    kept = Mutex(Kept(state: TailState(at: Now.logTime)))
    (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Reports until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        while !Task.isCancelled {
          // Ends early only by cancellation, which ends the loop.
          try? await Task.sleep(for: HealthPace.pause)
          self.wake.yield()
        }
      }
      for await _ in wakes {
        manager.flush()
        let (isChanged, delay) = kept.withLock {
          ($0.isChanged, $0.pace.delay(isChanged: $0.isChanged, at: .now))
        }
        guard isChanged || delay == .zero else { continue }
        if delay > .zero { try? await Task.sleep(for: delay) }
        // The last report is `finish`.
        if !Task.isCancelled { await report() }
      }
    }
  }

  /// The last report, after `run`.
  func finish() async {
    await report()
  }

  // MARK: changes

  func start(_ source: String) { change { $0.start(source, at: $1) } }

  func end(_ source: String) { change { $0.end(source, at: $1) } }

  func apply(_ notice: TailNotice, of source: String) {
    change { $0.apply(notice, of: source, at: $1) }
  }

  func waitForStore(_ problem: String) { change { $0.waitForStore(problem, at: $1) } }

  /// Where the health file is from now on.
  func writeHealth(to path: String?) {
    kept.withLock { $0.healthFile = path }
    change { _, _ in }
  }

  /// The configuration is read anew.
  func reload() {
    guard kept.withLock({ $0.isReadyTold }) else { return }
    manager.send(.reloading(monotonicMicroseconds: ServiceManager.monotonicMicroseconds))
  }

  /// What was read anew is in force, or was refused.
  func reloaded(refusal: String?) {
    change { $0.configure(refusal: refusal, at: $1) }
    // Before the first look is over, this would tell that it is.
    guard kept.withLock({ $0.isReadyTold }) else { return }
    manager.send(.ready)
  }

  /// It ends; `problem` is what ends it, nil when it was asked to.
  func stop(_ problem: String?) {
    // Sent under the lock, as in `change`: what comes later is told later.
    kept.withLock { kept in
      kept.state.stop(problem, at: Now.logTime)
      kept.isChanged = true
      kept.lineTold = kept.state.line
      manager.send(.stopping, .status(kept.state.line))
    }
    wake.yield()
  }

  private func change(_ body: (inout TailState, LogTime) -> Void) {
    kept.withLock { kept in
      body(&kept.state, Now.logTime)
      kept.isChanged = true
      guard kept.state.isReady, !kept.isReadyTold else { return }
      kept.isReadyTold = true
      kept.lineTold = kept.state.line
      manager.send(.ready, .status(kept.state.line))
    }
    wake.yield()
  }

  // MARK: reports

  private func report() async {
    let due = kept.withLock { kept in
      kept.pace.wrote(at: .now)
      kept.isChanged = false
      if kept.lineTold != kept.state.line { manager.send(.status(kept.state.line)) }
      kept.lineTold = kept.state.line
      return (state: kept.state, path: kept.healthFile)
    }
    guard let path = due.path else { return }
    let text = HealthReport.json(
      due.state, processID: getpid(), version: Pgtrawl.configuration.version, at: Now.logTime)
    let problem = await file.write(text, to: path)
    let isNews = kept.withLock { kept in
      defer { kept.isHealthProblemTold = problem != nil }
      return !kept.isHealthProblemTold
    }
    if let problem, isNews { console.note("\(problem). It is tried again.") }
  }
}
