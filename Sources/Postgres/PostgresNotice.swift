internal import Synchronization

/// A NOTICE, WARNING or the like that the server sent beside a result.
public struct PostgresNotice: Sendable, Equatable {
  /// `NOTICE`, `WARNING` …, never translated.
  public var severity: String
  /// Its SQLSTATE, `00000` for a plain notice.
  public var sqlState: String
  /// The primary message.
  public var message: String
}

/// Notices that came and were not fetched yet, bounded: a script in a loop must not fill memory.
final class NoticeBox: Sendable {
  static let noticesMax = 256
  private let notices = Mutex<[PostgresNotice]>([])

  func append(_ notice: PostgresNotice) {
    notices.withLock { notices in
      guard notices.count < Self.noticesMax else { return }
      notices.append(notice)
    }
  }

  func take() -> [PostgresNotice] {
    notices.withLock { notices in
      let taken = notices
      notices = []
      return taken
    }
  }
}
