import Glibc
import LogSource

/// A directory of a test's own, removed with its last use.
final class Scratch: Sendable {
  let path: LogPath

  init() {
    var template = Array("/tmp/logsource-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no temporary directory") }
    path = LogPath(bytes: template.map { UInt8(bitPattern: $0) })
  }

  deinit { Self.remove(path) }

  func path(_ name: String) -> LogPath { LogPath(bytes: path.bytes + Array("/\(name)".utf8)) }
  func path(bytes name: [UInt8]) -> LogPath {
    LogPath(bytes: path.bytes + [UInt8(ascii: "/")] + name)
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) -> LogPath { write(path(name), bytes) }
  @discardableResult
  func write(_ name: String, _ text: String) -> LogPath { write(name, Array(text.utf8)) }

  /// Creates or overwrites in place.
  @discardableResult
  func write(_ path: LogPath, _ bytes: [UInt8], append: Bool = false) -> LogPath {
    let file = open(c(path), O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), 0o644)
    precondition(file >= 0, "\(path.escaped) can be written")
    var at = 0
    while at < bytes.count {
      let count = bytes[at...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      precondition(count > 0, "\(path.escaped) can be written")
      at += count
    }
    close(file)
    return path
  }

  @discardableResult
  func directory(_ name: String) -> LogPath {
    mkdir(c(path(name)), 0o755)
    return path(name)
  }

  @discardableResult
  func symlink(_ name: String, to target: String) -> LogPath {
    Glibc.symlink(target, c(path(name)))
    return path(name)
  }

  @discardableResult
  func link(_ name: String, to target: String) -> LogPath {
    Glibc.link(c(path(target)), c(path(name)))
    return path(name)
  }

  func rename(_ name: String, to other: String) { Glibc.rename(c(path(name)), c(path(other))) }
  func truncate(_ name: String, to size: Int) { Glibc.truncate(c(path(name)), size) }
  func fifo(_ name: String) -> LogPath {
    mkfifo(c(path(name)), 0o644)
    return path(name)
  }
  func delete(_ name: String) { unlink(c(path(name))) }

  private func c(_ path: LogPath) -> [CChar] { path.bytes.map { CChar(bitPattern: $0) } + [0] }

  private static func remove(_ path: LogPath) {
    let name = path.bytes.map { CChar(bitPattern: $0) } + [0]
    if unlink(name) == 0 { return }
    guard let stream = opendir(name) else { return }
    while let entry = readdir(stream) {
      let bytes = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: UInt8.self, capacity: 256) {
          Array(UnsafeBufferPointer(start: $0, count: 256))
        }
      }.prefix { $0 != 0 }
      guard !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8) else { continue }
      remove(LogPath(bytes: path.bytes + [UInt8(ascii: "/")] + bytes))
    }
    closedir(stream)
    rmdir(name)
  }
}

/// A csvlog record of 26 columns.
func record(_ second: Int, _ message: String = "hello", zone: String = "UTC") -> String {
  let digits = second < 10 ? "0\(second)" : "\(second)"
  return
    "2026-11-24 12:00:\(digits).123 \(zone),\"u\",\"d\",77,\"[local]\",6b049016.4d,\(second + 1),"
    + "\"SELECT\",2026-11-24 12:00:00 \(zone),3/1,0,LOG,00000,\"\(message)\",,,,,,,,,\"app\","
    + "\"client backend\",,0\n"
}

/// A log of about `bytes` bytes; other seeds have the same first 4096 bytes and another body.
func sampleLog(bytes: Int, seed: UInt64 = 1) -> [UInt8] {
  var log: [UInt8] = []
  while log.count < 5000 { log += record(log.count % 60).utf8 }
  var state = seed
  while log.count < bytes {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    log += record(log.count % 60, "message \(state)").utf8
  }
  return log
}
