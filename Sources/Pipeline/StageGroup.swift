/// Runs the stages of a pipeline as child tasks and returns when all have ended.
public enum StageGroup {
  /// Runs `stages`; the first that fails cancels the others. The error that is thrown is the cause:
  /// not the `StageLinkClosed` or `CancellationError` that it led to elsewhere.
  public static func run(_ stages: [@Sendable () async throws -> Void]) async throws {
    let causes = await withTaskGroup(of: (any Error)?.self) { group in
      for stage in stages {
        group.addTask {
          do {
            try await stage()
            return nil
          } catch {
            return error
          }
        }
      }
      var errors: [any Error] = []
      for await case let error? in group {
        errors.append(error)
        group.cancelAll()
      }
      return errors
    }
    let cause = causes.first { !($0 is StageLinkClosed) && !($0 is CancellationError) }
    if let error = cause ?? causes.first { throw error }
    try Task.checkCancellation()
  }
}
