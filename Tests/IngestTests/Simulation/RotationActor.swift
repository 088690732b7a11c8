import Synchronization
import TestSupport

/// A server that writes its log, and all that administrators and their tools do to it.
final class RotationActor: Sendable {
  private struct State {
    var chance: SeededGenerator
    var records = 0
    var names = 0
    var live: Int64 = 0
    var life = 0
    /// The rest of a record that was written in two pieces.
    var rest: [UInt8] = []
    /// Renamed logs, which may still be written to.
    var rotated: [String] = []
    var compressing: [String] = []
    var copies: [String] = []
    var done: [String] = []
  }

  static let liveName = "live.csv"
  let disk: SimulatedDisk
  private let state: Mutex<State>

  init(_ disk: SimulatedDisk, seed: UInt64) {
    self.disk = disk
    state = Mutex(State(chance: SeededGenerator(seed: seed)))
    state.withLock { begin(&$0) }
  }

  /// What was done, in order, to be read where a schedule fails.
  var history: [String] { state.withLock { $0.done } }

  /// Does one thing.
  func act() {
    state.withLock { state in
      disk.with { $0.nanoseconds += 1_000_000_000 }
      switch Int.random(in: 0..<24, using: &state.chance) {
      case 0..<9: append(&state)
      case 9: rotate(&state)
      case 10: beginGzip(&state)
      case 11: endGzip(&state)
      case 12:
        rotate(&state)
        beginGzip(&state)
        endGzip(&state)
      case 13, 14: copyAndTruncate(&state)
      case 15: overwrite(&state)
      case 16: deleteRotated(&state)
      case 17: deleteLive(&state)
      case 18: copy(&state)
      case 19: moveRotated(&state)
      case 20: appendLate(&state)
      case 21: removeCopy(&state)
      case 22: disk.with { $0.nanoseconds += 100_000_000_000 }
      default: break
      }
    }
  }

  /// What was begun is brought to its end.
  func settle() {
    state.withLock { state in
      if !state.rest.isEmpty { write(state.rest, &state) }
      state.rest = []
      while !state.compressing.isEmpty { endGzip(&state) }
    }
  }

  private func begin(_ state: inout State) {
    let isReusing = Bool.random(using: &state.chance)
    let (live, life) = disk.with { disk in
      disk.lives.append(SimulatedDisk.Life())
      let life = disk.lives.count - 1
      return (
        disk.create(Self.liveName, SimulatedDisk.File(life: life), reusing: isReusing), life
      )
    }
    (state.live, state.life) = (live, life)
  }

  private func newName(_ prefix: String, _ state: inout State) -> String {
    state.names += 1
    return "\(prefix).\(state.names)"
  }

  private func record(_ state: inout State, isFirst: Bool = false) -> [UInt8] {
    state.records += 1
    let mark = UInt32.random(in: 0...UInt32.max, using: &state.chance)
    // Smaller logs than a head have is a matter of their own.
    let length = isFirst ? 4096 : Int.random(in: 0..<60, using: &state.chance)
    let filler = String(repeating: "x", count: length)
    return Array("\(mark) \(state.records) \(filler)\n".utf8)
  }

  private func write(_ bytes: [UInt8], _ state: inout State) {
    disk.with { disk in
      disk.lives[state.life].content += bytes
      disk.write(bytes, to: state.live)
    }
  }

  private func append(_ state: inout State) {
    if !state.rest.isEmpty { write(state.rest, &state) }
    state.rest = []
    var bytes: [UInt8] = []
    let isNew = disk.with { $0.lives[state.life].content.isEmpty }
    for index in 0..<Int.random(in: 1...6, using: &state.chance) {
      bytes += record(&state, isFirst: isNew && index == 0)
    }
    if Int.random(in: 0..<4, using: &state.chance) == 0 {
      let cut = Int.random(in: 1..<bytes.count, using: &state.chance)
      state.rest = Array(bytes[cut...])
      bytes = Array(bytes[..<cut])
    }
    write(bytes, &state)
    state.done.append("append \(bytes.count)")
  }

  private func rotate(_ state: inout State) {
    if !state.rest.isEmpty { write(state.rest, &state) }
    state.rest = []
    let name = newName("log", &state)
    disk.with { $0.rename(Self.liveName, to: name) }
    state.rotated.append(name)
    begin(&state)
    state.done.append("rename to \(name)")
  }

  private func beginGzip(_ state: inout State) {
    guard let name = state.rotated.first(where: { !state.compressing.contains($0) }) else { return }
    state.compressing.append(name)
    let isWhole = Bool.random(using: &state.chance)
    disk.with { disk in
      guard let inode = disk.names[name], var file = disk.files[inode] else { return }
      if !isWhole { file.content = Array(file.content.prefix(file.content.count / 2)) }
      file.isGzip = true
      file.isComplete = false
      file.holders = 0
      disk.create(name + ".gz", file, reusing: false)
    }
    state.done.append("begin gzip of \(name)")
  }

  private func endGzip(_ state: inout State) {
    guard !state.compressing.isEmpty else { return }
    let name = state.compressing.removeFirst()
    state.rotated.removeAll { $0 == name }
    disk.with { disk in
      guard let inode = disk.names[name], let file = disk.files[inode],
        let packed = disk.names[name + ".gz"]
      else { return }
      disk.files[packed]?.content = file.content
      disk.files[packed]?.isComplete = true
      disk.write([], to: packed)
      disk.remove(name)
    }
    state.copies.append(name + ".gz")
    state.done.append("end gzip of \(name)")
  }

  private func copyAndTruncate(_ state: inout State) {
    if !state.rest.isEmpty { write(state.rest, &state) }
    state.rest = []
    let name = newName("log", &state)
    disk.with { disk in
      guard var file = disk.files[state.live] else { return }
      file.holders = 0
      disk.create(name, file, reusing: false)
    }
    state.rotated.append(name)
    emptyLive(&state)
    state.done.append("copy to \(name) and truncate")
  }

  private func emptyLive(_ state: inout State) {
    state.life = disk.with { disk in
      disk.lives.append(SimulatedDisk.Life())
      disk.truncate(state.live, life: disk.lives.count - 1)
      return disk.lives.count - 1
    }
  }

  private func overwrite(_ state: inout State) {
    state.rest = []
    emptyLive(&state)
    state.done.append("truncate, as log \(state.life)")
    if Bool.random(using: &state.chance) { append(&state) }
  }

  private func deleteRotated(_ state: inout State) {
    guard let name = state.rotated.first(where: { !state.compressing.contains($0) }) else { return }
    state.rotated.removeAll { $0 == name }
    disk.with { $0.remove(name) }
    state.done.append("delete \(name)")
  }

  private func deleteLive(_ state: inout State) {
    state.rest = []
    disk.with { $0.remove(Self.liveName) }
    begin(&state)
    state.done.append("delete the live log")
  }

  private func copy(_ state: inout State) {
    let name = newName("copy", &state)
    let of = state.rotated.randomElement(using: &state.chance) ?? Self.liveName
    disk.with { disk in
      guard let inode = disk.names[of], var file = disk.files[inode] else { return }
      file.holders = 0
      disk.create(name, file, reusing: true)
    }
    state.copies.append(name)
    state.done.append("copy \(of) to \(name)")
  }

  private func moveRotated(_ state: inout State) {
    guard let name = state.rotated.last, !state.compressing.contains(name) else { return }
    state.rotated.removeLast()
    let other = newName("moved", &state)
    disk.with { $0.rename(name, to: other) }
    state.rotated.append(other)
    state.done.append("rename \(name) to \(other)")
  }

  /// A server that has not noticed that its log was renamed.
  private func appendLate(_ state: inout State) {
    guard let name = state.rotated.last, !state.compressing.contains(name) else { return }
    let isNew = disk.with { disk in
      disk.names[name].flatMap { disk.files[$0] }?.content.isEmpty ?? false
    }
    let bytes = record(&state, isFirst: isNew)
    disk.with { disk in
      guard let inode = disk.names[name], let life = disk.files[inode]?.life,
        disk.files[inode]?.content == disk.lives[life].content
      else { return }
      disk.lives[life].content += bytes
      disk.write(bytes, to: inode)
    }
    state.done.append("append late to \(name)")
  }

  private func removeCopy(_ state: inout State) {
    guard let name = state.copies.first else { return }
    state.copies.removeFirst()
    disk.with { $0.remove(name) }
    state.done.append("delete \(name)")
  }
}
