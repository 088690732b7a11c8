internal import Glibc

/// What is known of where output goes.
struct TerminalState: Equatable {
  /// A terminal, not a file or a pipe.
  var isTerminal: Bool
  /// Columns; nil where nothing has to fit.
  var columns: Int?
  /// Colours may be used.
  var hasColour: Bool

  /// Columns of a cell of text where nothing has to fit.
  static let freeTextColumns = 200

  /// The state of a file descriptor.
  ///
  /// Colours follow NO_COLOR and TERM; COLUMNS is for a terminal that does not tell its width.
  static func of(descriptor: Int32, environment: [String: String]) -> TerminalState {
    let isTerminal = isatty(descriptor) == 1
    guard isTerminal else {
      return TerminalState(isTerminal: false, columns: nil, hasColour: false)
    }
    var size = winsize()
    let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let columns = known ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) } ?? 80
    let isPlain = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    return TerminalState(isTerminal: true, columns: max(40, columns), hasColour: !isPlain)
  }
}
