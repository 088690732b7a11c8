import UnixSignals

/// What signals ask of a command.
enum SignalRequest: Equatable, Sendable {
  /// The first SIGINT or SIGTERM, with the status of a command that ended before its end.
  case stop(ExitStatus)
  /// SIGHUP.
  case reload
}

enum SignalWatch {
  /// Hands on what the signals ask for. The second SIGINT or SIGTERM ends the program at once.
  ///
  /// The sequence of signals takes one iterator in all, so one task watches to the end.
  static func run(
    _ signals: UnixSignalsSequence, on console: Console, _ hand: (SignalRequest) -> Void
  ) async {
    var isStopping = false
    for await signal in signals {
      guard signal != .sighup else {
        hand(.reload)
        continue
      }
      let status: ExitStatus = signal == .sigint ? .interrupted : .terminated
      if isStopping { ImmediateExit.end(status) }
      isStopping = true
      console.note("stopping; once more to end at once.")
      hand(.stop(status))
    }
  }
}
