import LogModel
import Synchronization

extension TailSchedule {
  /// What is wrong in the end; empty = nothing.
  func breaches() -> [String] {
    let (committed, gaps, states) = store.state.withLock {
      ($0.committed.filter { !$0.value.isEmpty }, $0.gaps, $0.files.mapValues(\.state))
    }
    let lives = disk.with { $0.lives.map(\.content) }
    var breaches: [String] = []
    var fileOfLife: [Int: Int64] = [:]
    for (file, bytes) in committed.sorted(by: { $0.key < $1.key }) {
      guard let life = lives.firstIndex(where: { SimulatedLog.begins($0, with: bytes) }) else {
        breaches.append("file \(file) is no log's: \(String(decoding: bytes, as: UTF8.self))")
        continue
      }
      if let other = fileOfLife.updateValue(file, forKey: life) {
        breaches.append("files \(other) and \(file) both hold log \(life)")
      }
    }
    for (life, content) in lives.enumerated() {
      let file = fileOfLife[life]
      let known = file.flatMap { committed[$0]?.count } ?? 0
      let gap = file.flatMap { file in gaps.first { $0.file == file } }
      let readable = readable(life)
      if readable > known {
        breaches.append(
          "log \(life): \(readable - known) bytes from \(known) on are on disk and not in the store"
            + " (file \(file ?? -1), \(file.flatMap { states[$0] }.map { "\($0)" } ?? "not there"))"
        )
      } else if let gap, readable > gap.from {
        breaches.append("log \(life): lost from \(gap.from) on, and there")
      }
      if let gap,
        gap.from != known || (gap.to ?? 0) > content.count || gap.to == nil && restarts == 0
      {
        breaches.append("log \(life): \(gap) with \(known) of \(content.count) bytes")
      }
      if gap == nil, file != nil, seen(life) > max(known, there(life)) {
        breaches.append(
          "log \(life): gone from \(known) on, though \(seen(life)) bytes were seen; no gap")
      }
    }
    return breaches
  }

  /// Bytes of whole records of a log that stand in some file that has a name.
  private func readable(_ life: Int) -> Int {
    disk.with { disk in
      disk.names.values.compactMap { disk.files[$0] }.filter { $0.life == life }
        .map { ($0.content.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1 }.max() ?? 0
    }
  }

  /// Bytes of a log that stand in some file that has a name.
  private func there(_ life: Int) -> Int {
    disk.with { disk in
      disk.names.values.compactMap { disk.files[$0] }.filter { $0.life == life }
        .map(\.content.count).max() ?? 0
    }
  }

  /// How many bytes of a log were seen by a tail.
  private func seen(_ life: Int) -> Int { disk.with { $0.lives[life].seen } }
}
