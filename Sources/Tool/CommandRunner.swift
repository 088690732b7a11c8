import ArgumentParser
internal import Glibc
import Postgres
import UnixSignals

/// Runs one command line: parsing, signals, the message of an error and the exit status.
struct CommandRunner {
  let console: Console
  let environment: [String: String]

  /// Runs `arguments`, without the program's name.
  func run(_ arguments: [String]) async -> ExitStatus {
    let command: any ParsableCommand
    do {
      command = try Pgtrawl.parseAsRoot(arguments)
    } catch {
      return ended(parsing: error)
    }
    guard let command = command as? any ToolCommand else {
      return runPlain(command)
    }
    // From here on warnings are written.
    if !type(of: command).endsWithoutReader { signal(SIGPIPE, SIG_IGN) }
    do {
      let context = try ToolContext(
        console: console, environment: environment, options: command.global)
      return try await watched(command, context)
    } catch {
      return ended(running: error)
    }
  }

  /// A command without a run of its own prints its help.
  private func runPlain(_ command: any ParsableCommand) -> ExitStatus {
    var command = command
    do {
      try command.run()
      return .done
    } catch {
      return ended(parsing: error)
    }
  }

  /// Help, version and completion scripts are results; what can't be parsed is a usage error.
  private func ended(parsing error: any Error) -> ExitStatus {
    let message = Pgtrawl.fullMessage(for: error)
    guard Pgtrawl.exitCode(for: error) != .success else {
      console.write(message + "\n")
      return .done
    }
    console.note(message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message)
    return .usage
  }

  private func ended(running error: any Error) -> ExitStatus {
    console.note(ErrorMessage.of(error))
    return ExitStatus(error)
  }

  /// Runs `command` and cancels it at the first SIGINT or SIGTERM: what is under way is finished or
  /// dropped whole. At the second one the program ends at once. A command with signals of its own
  /// watches them itself.
  private func watched(
    _ command: any ToolCommand, _ context: ToolContext
  ) async throws -> ExitStatus {
    guard type(of: command).stopsOnSignals else { return try await command.run(in: context) }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let (stops, stop) = AsyncStream.makeStream(of: ExitStatus.self)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        await SignalWatch.run(signals, on: context.console) { request in
          if case .stop(let status) = request { stop.yield(status) }
        }
      }
      defer { group.cancelAll() }
      return try await run(command, context, until: stops)
    }
  }

  /// Runs `command` until it ends, or until it has given way to the first of `stops`.
  private func run(
    _ command: any ToolCommand, _ context: ToolContext, until stops: AsyncStream<ExitStatus>
  ) async throws -> ExitStatus {
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      group.addTask {
        do {
          return .ended(try await command.run(in: context))
        } catch {
          return .threw(error)
        }
      }
      group.addTask {
        for await status in stops { return .stopped(status) }
        return .unstopped
      }
      defer { group.cancelAll() }
      var stopped: ExitStatus?
      while let outcome = try await group.next() {
        switch outcome {
        case .ended(let status):
          // What ended by itself before the signal took effect is done.
          return status
        case .threw(let error):
          guard let stopped else { throw error }
          context.console.note("stopped. Run the same command again to go on where it ended.")
          return stopped
        case .stopped(let status):
          stopped = status
          group.cancelAll()
        case .unstopped: break
        }
      }
      return stopped ?? .failed
    }
  }

  /// What one of the tasks came to.
  private enum Outcome: Sendable {
    case ended(ExitStatus)
    case threw(any Error)
    case stopped(ExitStatus)
    case unstopped
  }
}
