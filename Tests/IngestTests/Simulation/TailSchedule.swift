import LogModel
import LogSource
import LogStore
import Synchronization
import TestSupport

@testable import Ingest

/// One random schedule: a disk, a store, and the tails that follow the one into the other.
final class TailSchedule: Sendable {
  private struct State {
    var chance: SeededGenerator
    var isCalm = false
    var restarts = 0
    var story: [String] = []
  }

  let disk = SimulatedDisk()
  let store: SimulatedRegistry
  let actor: RotationActor
  private let state: Mutex<State>
  private let hooks: Hooks

  /// What happens at the calls of the world; bound after everything is made.
  private final class Hooks: Sendable {
    let beforeStore = Mutex<(@Sendable () throws -> Void)?>(nil)
    let tell = Mutex<(@Sendable (String) -> Void)?>(nil)
  }

  init(seed: UInt64) {
    let hooks = Hooks()
    self.hooks = hooks
    store = SimulatedRegistry(
      before: { try hooks.beforeStore.withLock { $0 }?() },
      tell: { text in hooks.tell.withLock { $0 }?(text) })
    actor = RotationActor(disk, seed: seed &* 31 &+ 7)
    state = Mutex(State(chance: SeededGenerator(seed: seed)))
  }

  /// What was done, for whoever looks at a failure.
  var story: String { state.withLock { $0.story }.joined(separator: "\n") }

  /// Whether anything that is known to be lost may have happened while no tail ran.
  var restarts: Int { state.withLock { $0.restarts } }

  private func chance(_ share: Int, of whole: Int) -> Bool {
    state.withLock { $0.isCalm ? false : Int.random(in: 0..<whole, using: &$0.chance) < share }
  }

  private func tell(_ text: String) { state.withLock { $0.story.append(text) } }

  private func act() {
    let before = actor.history.count
    actor.act()
    for line in actor.history[before...] { tell(line) }
  }

  private func meanwhile() throws {
    if chance(15, of: 100) { act() }
    if chance(2, of: 100) { throw SimulatedKill() }
  }

  private func beforeStore() throws {
    if chance(1, of: 100) { throw LoadError(code: .down, message: "away") }
    try meanwhile()
  }

  func run() async {
    hooks.beforeStore.withLock { $0 = { [weak self] in try self?.beforeStore() } }
    hooks.tell.withLock { $0 = { [weak self] in self?.tell("  " + $0) } }
    var time = ContinuousClock.now
    let steps = state.withLock { Int.random(in: 3...10, using: &$0.chance) }
    var left = steps
    while left > 0 {
      left = await live(&time, steps: left)
      guard left > 0 else { break }
      restart()
      tell("killed")
      for _ in 0..<3 where chance(1, of: 2) { act() }
    }
    state.withLock { $0.isCalm = true }
    actor.settle()
    restart()
    tell("calm")
    _ = await live(&time, steps: 200)
    hooks.beforeStore.withLock { $0 = nil }
  }

  /// What a tail has seen and not stored goes with it.
  private func restart() {
    state.withLock { $0.restarts += 1 }
    disk.with { disk in
      for life in disk.lives.indices { disk.lives[life].seen = 0 }
    }
  }

  /// The life of one tail; the number of steps that are left when it was killed.
  private func live(_ time: inout ContinuousClock.Instant, steps: Int) async -> Int {
    let isWatched = !chance(1, of: 4)
    let world = SimulatedWorld(
      disk, store, isWatched: isWatched, time: time,
      meanwhile: { [weak self] in try self?.meanwhile() },
      isDelayed: { [weak self] in self?.chance(1, of: 3) ?? false })
    var round = TailRound(
      world: world, settings: IngestSettings(), heldMax: chance(1, of: 4) ? 2 : 64,
      farBehindBytes: 4500, takingTimeMax: .milliseconds(chance(1, of: 4) ? 0 : 200)
    ) { [weak self] notice in self?.tell("  \(notice)") }
    defer { world.end() }
    var left = steps
    var quiet = 0
    while left > 0, quiet < 4 {
      left -= 1
      for _ in 0..<2 where chance(1, of: 2) { act() }
      let isCalm = state.withLock { $0.isCalm }
      let pause: Duration = isCalm ? .seconds(20) : .milliseconds(100)
      world.advance(pause)
      time += pause
      do {
        // The clock brings a look at everything now and then, and always without a watch.
        if isCalm || !isWatched || chance(1, of: 3) { round.needsScan = true }
        if round.nextLook.map({ $0 <= time }) ?? false { round.needsScan = true }
        tell("step")
        try await round.step(isWhole: isCalm || !isWatched || chance(1, of: 3), at: time)
        quiet = isCalm && round.backlog.isEmpty && round.away.isEmpty ? quiet + 1 : 0
      } catch is SimulatedKill {
        return left
      } catch {
        tell("store away")
        round.startOver()
      }
      if chance(5, of: 100) { return left }
    }
    return 0
  }
}
