/// Waits until `condition` holds; throws `TestFailure`, which names `what`, when that takes longer
/// than a machine under any load needs.
public func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(120)
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TestFailure("not in time: \(what)") }
    try await Task.sleep(for: .milliseconds(10))
  }
}
