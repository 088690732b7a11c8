internal import CLibPQ
internal import Glibc

/// Owns one `PGconn`. libpq's rule: one thread at a time; only `QueryCanceller` acts beside it.
///
/// Every call blocks until the server has answered.
struct ConnectionHandle: ~Copyable {
  private let raw: OpaquePointer
  /// Receives what the server says beside its results; outlives `raw`, which points to it.
  let notices: NoticeBox

  /// Takes over `raw`, which must be connected.
  init(owning raw: OpaquePointer) {
    self.raw = raw
    notices = NoticeBox()
    PQsetNoticeReceiver(raw, receiveNotice, Unmanaged.passUnretained(notices).toOpaque())
  }

  deinit {
    PQfinish(raw)
  }

  var isBroken: Bool { PQstatus(raw) != CONNECTION_OK }
  var serverVersion: Int { Int(PQserverVersion(raw)) }
  var backendID: Int { Int(PQbackendPID(raw)) }

  var transactionStatus: PostgresTransactionStatus {
    switch PQtransactionStatus(raw) {
    case PQTRANS_IDLE: .idle
    case PQTRANS_ACTIVE: .active
    case PQTRANS_INTRANS: .inTransaction
    case PQTRANS_INERROR: .failed
    default: .unknown
    }
  }

  /// Takes what the server said without being asked, as that it ends the session. Waits for nothing, and
  /// the server hears nothing. To be called between statements.
  func takeUnasked() {
    var socket = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
    while !isBroken, socket.fd >= 0, poll(&socket, 1, 0) > 0 {
      // A failure has made the connection a broken one.
      guard PQconsumeInput(raw) == 1 else { return }
      // Reads the messages, so that the buffer does not grow.
      _ = PQisBusy(raw)
    }
  }

  func parameterStatus(_ name: String) -> String? {
    PQparameterStatus(raw, name).map { String(cString: $0) }
  }

  func makeCanceller() -> QueryCanceller {
    QueryCanceller(connection: raw)
  }

  /// A watch over the peer; nil on a socket of this machine, where none can vanish unnoticed.
  func makeWatch(_ connector: Connector) -> PeerWatch? {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getpeername(PQsocket(raw), $0, &length) == 0
      }
    }
    guard isKnown, Int32(address.ss_family) != AF_UNIX else { return nil }
    return PeerWatch(socket: PQsocket(raw), connector: connector, backendID: backendID)
  }

  /// Runs a script by the simple protocol; the last statement's outcome.
  func execute(_ sql: String) throws(PostgresError) -> PostgresResult {
    try Self.check(sql)
    #if DEBUG
      if sql == "COMMIT", FailPoint.commitSent.isNext {
        _ = PQsendQuery(raw, sql)
        FailPoint.end()
      }
    #endif
    return try outcome(ResultHandle(PQexec(raw, sql)), isBinary: false)
  }

  /// Runs one statement by the extended protocol.
  func query(
    _ sql: String, _ parameters: [PostgresParameter], isBinary: Bool
  ) throws(PostgresError) -> PostgresResult {
    try Self.check(sql)
    let arena = try ParameterArena(parameters)
    let result = arena.withPointers { values in
      PQexecParams(
        raw, sql, Int32(parameters.count), arena.types, values, arena.lengths, arena.formats,
        isBinary ? 1 : 0)
    }
    return try outcome(ResultHandle(result), isBinary: isBinary)
  }

  /// Starts `COPY … FROM STDIN`.
  func beginCopy(_ sql: String) throws(PostgresError) {
    try Self.check(sql)
    let result = ResultHandle(PQexec(raw, sql))
    guard result.status != PGRES_COPY_IN else { return }
    _ = try outcome(result, isBinary: false)
    throw PostgresError(
      code: .protocolViolation, message: "the statement is not a COPY … FROM STDIN")
  }

  /// Sends a piece of COPY data; false when the server does not take more, `finishCopy` says why.
  func sendCopy(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.withMemoryRebound(to: CChar.self) { bytes in
      PQputCopyData(raw, bytes.baseAddress, Int32(bytes.count)) == 1
    }
  }

  /// Ends COPY, as failed when there is a `failure`, and reads all that the server says to it.
  func finishCopy(failure: String?) throws(PostgresError) -> PostgresResult {
    // Its own outcome tells nothing that the results below do not tell better.
    _ = PQputCopyEnd(raw, failure)
    var last: PostgresResult?
    var error: PostgresError?
    while let pointer = PQgetResult(raw) {
      do {
        last = try outcome(ResultHandle(pointer), isBinary: false)
      } catch let failed {
        error = error ?? failed
        if isBroken { break }
      }
    }
    if let error { throw error }
    guard let last else { throw connectionError() }
    return last
  }

  private static func check(_ sql: String) throws(PostgresError) {
    guard sql.utf8.contains(0) else { return }
    throw PostgresError(code: .invalidParameter, message: "a statement holds a zero byte")
  }

  private func outcome(
    _ result: consuming ResultHandle, isBinary: Bool
  ) throws(PostgresError) -> PostgresResult {
    switch result.status {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
      return result.copied(isBinary: isBinary)
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      abandonCopy(result.status)
      throw PostgresError(
        code: .protocolViolation, message: "COPY from or to the client is not possible here")
    default:
      throw result.serverError() ?? connectionError()
    }
  }

  /// Brings the connection out of a COPY that nobody asked for.
  private func abandonCopy(_ status: ExecStatusType) {
    if status == PGRES_COPY_IN {
      _ = PQputCopyEnd(raw, "COPY is not possible here")
    } else {
      var buffer: UnsafeMutablePointer<CChar>?
      while PQgetCopyData(raw, &buffer, 0) > 0 {
        PQfreemem(buffer)
      }
    }
    while let pointer = PQgetResult(raw) {
      _ = ResultHandle(pointer)
      if isBroken { break }
    }
  }

  private func connectionError() -> PostgresError {
    let message = ConnectionMessage(String(cString: PQerrorMessage(raw))).text
    // After a write that failed libpq takes the connection for a good one as long as there is something
    // to read, such as the last words of a backend that quit.
    if !isBroken { _ = PQconsumeInput(raw) }
    return PostgresError(code: isBroken ? .connectionLost : .protocolViolation, message: message)
  }
}

/// Called by libpq inside of the calls above, on their thread.
private func receiveNotice(context: UnsafeMutableRawPointer?, result: OpaquePointer?) {
  guard let context, let result else { return }
  let box = Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue()
  box.append(ResultHandle.notice(borrowing: result))
}
