import Ingest

/// Where a supervisor's events come in one after the other, and what it does about them.
struct TailDesk {
  enum Event: Sendable {
    case request(SignalRequest)
    /// A store is ready, or is not: the connection string.
    case prepared(number: Int, Result<String, any Error>)
    /// A source's run is over.
    case ended(String, (any Error)?)
  }

  /// A store that is being made ready.
  private struct Preparation {
    var number: Int
    var orders: TailSupervisor.Orders
    var stop: AsyncStream<Never>.Continuation
  }

  let supervisor: TailSupervisor
  let feed: AsyncStream<Event>.Continuation
  private var roster = SourceRoster()
  /// What ends the run of a source.
  private var stops: [String: AsyncStream<Never>.Continuation] = [:]
  /// What is in force, with the store's connection string; nil before the first is.
  private var current: (orders: TailSupervisor.Orders, conninfo: String)?
  private var preparation: Preparation?
  private var preparations = 0
  /// The configuration was read anew and is not in force yet.
  private var isReloading = false
  private var isStopping = false
  /// What ended the tail by itself.
  private(set) var failure: (any Error)?

  init(supervisor: TailSupervisor, feed: AsyncStream<Event>.Continuation) {
    self.supervisor = supervisor
    self.feed = feed
  }

  /// Nothing runs any more and nothing shall.
  var isDone: Bool { isStopping && roster.isEmpty }

  mutating func begin(_ orders: TailSupervisor.Orders, in group: inout DiscardingTaskGroup) {
    supervisor.reporter.writeHealth(to: orders.settings.healthFile)
    prepare(orders, in: &group)
  }

  mutating func take(_ event: Event, in group: inout DiscardingTaskGroup) {
    switch event {
    case .request(.stop): stop(in: &group)
    case .request(.reload): reload(in: &group)
    case .prepared(let number, let result):
      // One that another configuration has replaced.
      guard !isStopping, let done = preparation, done.number == number else { return }
      preparation = nil
      switch result {
      case .success(let conninfo): enforce(done.orders, conninfo, in: &group)
      case .failure(let error) where current == nil: fail(error, in: &group)
      case .failure(let error): refuse(error)
      }
    case .ended(let name, let error):
      stops[name] = nil
      let (wasAsked, steps) = roster.ended(name)
      if !wasAsked { fail(error ?? CancellationError(), in: &group) }
      if steps.isEmpty { supervisor.reporter.end(name) }
      perform(steps, in: &group)
      endReload()
    }
  }

  // MARK: what can happen

  private mutating func fail(_ error: any Error, in group: inout DiscardingTaskGroup) {
    if failure == nil { failure = error }
    stop(in: &group)
  }

  private mutating func stop(in group: inout DiscardingTaskGroup) {
    guard !isStopping else { return }
    isStopping = true
    supervisor.reporter.stop(failure.map { ErrorMessage.of($0) })
    perform(roster.want([]), in: &group)
  }

  private mutating func reload(in group: inout DiscardingTaskGroup) {
    guard !isStopping else { return }
    isReloading = true
    supervisor.reporter.reload()
    do {
      let orders = try supervisor.read()
      if let current, current.orders.hasStore(of: orders) {
        preparation?.stop.finish()
        preparation = nil
        enforce(orders, current.conninfo, in: &group)
      } else {
        prepare(orders, in: &group)
      }
    } catch {
      refuse(error)
    }
  }

  /// What was in force stays so.
  private mutating func refuse(_ error: any Error) {
    let problem = "\(ErrorMessage.of(error)) The configuration before stays in force."
    supervisor.console.note(problem)
    isReloading = false
    supervisor.reporter.reloaded(refusal: problem)
  }

  private mutating func prepare(
    _ orders: TailSupervisor.Orders, in group: inout DiscardingTaskGroup
  ) {
    preparation?.stop.finish()
    let (stopped, stop) = AsyncStream.makeStream(of: Never.self)
    preparations += 1
    preparation = Preparation(number: preparations, orders: orders, stop: stop)
    // The embedded store is not away: what it can't do, it can't do later.
    let mayWait = current == nil && orders.databaseURL != nil
    group.addTask { [supervisor, feed, number = preparations] in
      do {
        let conninfo = try await TailSupervisor.untilStopped(stopped) {
          try await supervisor.prepared(orders, mayWait: mayWait)
        }
        feed.yield(.prepared(number: number, .success(conninfo)))
      } catch {
        feed.yield(.prepared(number: number, .failure(error)))
      }
    }
  }

  private mutating func enforce(
    _ orders: TailSupervisor.Orders, _ conninfo: String, in group: inout DiscardingTaskGroup
  ) {
    current = (orders, conninfo)
    supervisor.reporter.writeHealth(to: orders.settings.healthFile)
    let sources = orders.settings.sources.map {
      FollowedSource(
        source: $0, flushInterval: orders.settings.flushInterval, conninfo: conninfo,
        serverSettings: orders.serverSettings[$0.name] ?? [])
    }
    if isReloading {
      supervisor.console.note("reloading; sources \(roster.difference(to: sources).text)")
    }
    perform(roster.want(sources), in: &group)
    endReload()
  }

  /// A configuration is in force when nothing runs by the one before any more.
  private mutating func endReload() {
    guard isReloading, preparation == nil, roster.isSettled, !isStopping else { return }
    isReloading = false
    supervisor.reporter.reloaded(refusal: nil)
  }

  private mutating func perform(
    _ steps: [SourceRoster.Step], in group: inout DiscardingTaskGroup
  ) {
    for step in steps {
      switch step {
      case .stop(let name): stops[name]?.finish()
      case .start(let source): start(source, in: &group)
      }
    }
  }

  private mutating func start(_ source: FollowedSource, in group: inout DiscardingTaskGroup) {
    let (stopped, stop) = AsyncStream.makeStream(of: Never.self)
    stops[source.name] = stop
    supervisor.reporter.start(source.name)
    group.addTask { [supervisor, feed] in
      do {
        let end = TailEnd()
        try await TailSupervisor.untilStopped(stopped, end) {
          try await supervisor.follow(source, end) { notice in
            supervisor.reporter.apply(notice, of: source.name)
          }
        }
        feed.yield(.ended(source.name, nil))
      } catch {
        feed.yield(.ended(source.name, error))
      }
    }
  }
}
