import LogStore

/// Tells a source that is not there from one that has nothing to show.
enum SourceCheck {
  /// Throws `missing` when the store has no source called `name`; nil is any source.
  static func exists(_ name: String?, _ reports: StoreReports) async throws {
    guard let name else { return }
    let known = try await reports.sourceNames()
    guard !known.contains(name) else { return }
    throw ToolError(
      .missing, "--source \(name)", "the store has no such source",
      next: NearestName.of(name, in: known).map { "Did you mean '\($0)'?" }
        ?? (known.isEmpty ? "Import logs first" : "It has: \(known.joined(separator: ", "))"))
  }
}
