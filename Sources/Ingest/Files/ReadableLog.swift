internal import LogModel
internal import LogSource

/// One log on disk, or what stands for it where decisions are tried out.
protocol ReadableLog: AnyObject, Sendable {
  var input: LogInput { get }
  /// See `LogReader.end`.
  var end: InputEnd? { get async }
  /// See `LogReader.open`.
  func open() async throws(LogSourceError) -> InputFacts
  /// See `LogReader.identify`.
  func identify(among candidates: [Generation]) async throws(LogSourceError) -> IdentityDecision
  /// See `LogReader.start`.
  func start(at generation: Generation?) async throws(LogSourceError) -> ContentTrail
  /// See `LogReader.next`.
  func next() async throws(LogSourceError) -> LogBlock?
  /// See `LogReader.sighting`.
  func sighting(at path: LogPath) async throws(LogSourceError) -> FileSighting?
  /// See `LogReader.hasGrown`.
  func hasGrown() async throws(LogSourceError) -> Bool
  func close() async
}

extension LogReader: ReadableLog {}
