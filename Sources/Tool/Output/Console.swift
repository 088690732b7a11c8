internal import Glibc
internal import Synchronization

/// Where results and messages go: results to stdout, everything else to stderr.
final class Console: Sendable {
  let out: TerminalState
  let err: TerminalState
  /// Takes text for a file descriptor.
  private let sink: @Sendable (String, Int32) -> Void
  /// Columns that the progress line occupies; 0 without one.
  private let progressColumns = Mutex(0)

  init(
    out: TerminalState, err: TerminalState,
    sink: @escaping @Sendable (String, Int32) -> Void = Console.write(_:to:)
  ) {
    self.out = out
    self.err = err
    self.sink = sink
  }

  /// The process's own, as they are at its start.
  static func standard(environment: [String: String]) -> Console {
    Console(
      out: .of(descriptor: STDOUT_FILENO, environment: environment),
      err: .of(descriptor: STDERR_FILENO, environment: environment))
  }

  /// Writes a result to stdout.
  func write(_ document: Document, as format: OutputFormat) {
    write(format.write(document, terminal: out))
  }

  /// Writes text, which is harmless already, to stdout.
  func write(_ text: String) {
    clearProgress()
    sink(text, STDOUT_FILENO)
  }

  /// Writes `pgtrawl: <text>` to stderr.
  func note(_ text: String) {
    clearProgress()
    sink("pgtrawl: " + SafeText.block(text) + "\n", STDERR_FILENO)
  }

  /// Writes a line of a structured log, which is harmless already, to stderr.
  func record(_ line: String) {
    clearProgress()
    sink(line + "\n", STDERR_FILENO)
  }

  /// Shows `text` as the progress line; does nothing where stderr is no terminal.
  func progress(_ text: String) {
    guard err.isTerminal else { return }
    let shown = DisplayWidth.cut(text, to: (err.columns ?? 80) - 1)
    progressColumns.withLock { $0 = DisplayWidth.of(shown) }
    sink("\r\u{1B}[K" + shown, STDERR_FILENO)
  }

  /// Takes the progress line away.
  func clearProgress() {
    let columns = progressColumns.withLock { columns in
      defer { columns = 0 }
      return columns
    }
    if columns > 0 { sink("\r\u{1B}[K", STDERR_FILENO) }
  }

  /// Writes all of `text`; gives up where nobody reads any more.
  @Sendable
  static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count, let base = bytes.baseAddress {
        let count = Glibc.write(descriptor, base + at, bytes.count - at)
        if count > 0 {
          at += count
        } else if errno != EINTR && errno != EAGAIN {
          return
        }
      }
    }
  }
}
