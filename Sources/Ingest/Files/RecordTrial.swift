/// Finds out whether a record ends the program that reads it, without ending this one.
public protocol RecordTrial: Sendable {
  /// Whether reading `record`, the bytes of one record of a csvlog, ends the program by a fault of its
  /// own. False where that cannot be found out.
  func endsProgram(_ record: [UInt8]) async -> Bool
}
