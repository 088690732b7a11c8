/// Why a command can't be done: `<thing>: <cause>. <next step>`.
struct ToolError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  enum Code: Sendable, Equatable {
    /// A flag, an environment variable or an argument.
    case usage
    /// The configuration file.
    case configuration
    /// What was asked for is not there.
    case missing
    /// Nothing, or not all, could be done.
    case failed
    /// The store can't be reached.
    case unavailable
    /// Another run holds the lock.
    case locked
  }

  var code: Code
  /// What it is about, as a flag, a file, an id.
  var thing: String
  /// Why, a sentence without its full stop.
  var cause: String
  /// What to do now, a sentence without its full stop; nil where nothing helps.
  var nextStep: String?

  init(_ code: Code, _ thing: String, _ cause: String, next nextStep: String? = nil) {
    self.code = code
    self.thing = thing
    self.cause = cause
    self.nextStep = nextStep
  }

  var isRetriable: Bool { code == .unavailable || code == .locked }

  var status: ExitStatus {
    switch code {
    case .usage, .configuration: .usage
    case .missing, .failed: .failed
    case .unavailable: .unavailable
    case .locked: .locked
    }
  }

  var description: String {
    "\(thing): \(cause)." + (nextStep.map { " \($0)" + ($0.hasSuffix("?") ? "" : ".") } ?? "")
  }
}
