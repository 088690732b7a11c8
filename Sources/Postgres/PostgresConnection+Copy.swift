extension PostgresConnection {
  /// The largest piece that is handed to libpq at once: it copies each into its own send buffer.
  static let copyPieceBytesMax = 1 << 20

  /// Runs `COPY … FROM STDIN` with the buffers' bytes, end to end; the number of rows.
  ///
  /// When the server refuses or the task is cancelled, COPY is ended as failed and the connection
  /// can be used on (an open transaction has failed). Throws as `execute`.
  @discardableResult
  public func copyIn(
    _ sql: String, buffers: [[UInt8]]
  ) async throws(PostgresError) -> Int {
    try await copyIn(sql, buffers: buffers.map { $0[...] })
  }

  /// Runs `COPY … FROM STDIN` with parts of buffers; as the variant with whole ones.
  @discardableResult
  public func copyIn(
    _ sql: String, buffers: [ArraySlice<UInt8>]
  ) async throws(PostgresError) -> Int {
    try await cancellable { connection throws(PostgresError) in
      try connection.beginCopy(sql)
      var isAccepted = true
      for buffer in buffers where isAccepted {
        isAccepted = buffer.withUnsafeBufferPointer { bytes in
          Self.send(bytes, to: connection)
        }
      }
      if isAccepted, Task.isCancelled {
        // A broken connection is told apart from the cancellation that was asked for.
        do throws(PostgresError) {
          _ = try connection.finishCopy(failure: "cancelled")
        } catch {
          if connection.isBroken { throw error }
        }
        throw PostgresConnection.cancelled
      }
      return try connection.finishCopy(failure: isAccepted ? nil : "stopped").affectedRows
    }
  }

  /// Sends one buffer in pieces; false when the server takes no more.
  private static func send(
    _ bytes: UnsafeBufferPointer<UInt8>, to connection: borrowing ConnectionHandle
  ) -> Bool {
    var at = 0
    while at < bytes.count, !Task.isCancelled {
      let end = min(bytes.count, at + copyPieceBytesMax)
      guard connection.sendCopy(UnsafeBufferPointer(rebasing: bytes[at..<end])) else {
        return false
      }
      at = end
    }
    return true
  }
}
