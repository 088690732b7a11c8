internal import Foundation

/// The program: parses, runs one command, ends with its status.
@main
enum Main {
  static func main() async {
    Allocator.configure()
    let environment = ProcessInfo.processInfo.environment
    let console = Console.standard(environment: environment)
    let status = await CommandRunner(console: console, environment: environment)
      .run(Array(CommandLine.arguments.dropFirst()))
    exit(status.rawValue)
  }
}
