/// What of the statements themselves is kept, `--samples`.
public enum SamplePolicy: String, Sendable, CaseIterable {
  /// As the log has them, without passwords.
  case raw
  /// Without literals: `queries` then has no example, its normalized text says the same.
  case redacted
  /// Nothing but normalized texts.
  case none
}
