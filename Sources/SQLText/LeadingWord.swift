/// What a statement begins with, parentheses and comments skipped; told apart as far as the
/// protocol's records differ for it.
public enum LeadingWord: UInt8, Sendable, CaseIterable {
  /// No token at all.
  case empty
  /// A word that is none of the others, or no word.
  case other
  case select, with, values, table
  case insert, update, delete, merge
  case declare, fetch, move, close
  /// `PREPARE name …`; `PREPARE TRANSACTION` is a case of its own.
  case prepare
  case prepareTransaction
  case execute, deallocate, explain
  /// `BEGIN` and `START TRANSACTION`.
  case begin
  /// `COMMIT` and `END`, with `AND CHAIN`; not `COMMIT PREPARED`.
  case commit
  /// `ROLLBACK` and `ABORT`, with `AND CHAIN`; not `ROLLBACK TO` and `ROLLBACK PREPARED`.
  case rollback
  /// `ROLLBACK TO SAVEPOINT`
  case rollbackTo
  /// `COMMIT PREPARED` and `ROLLBACK PREPARED`.
  case finishPrepared
  case savepoint, release
  case copy, call, `do`, set, reset, show, lock, create, alter, drop, refresh, truncate
  case discard, analyze, vacuum, listen, notify
}
