import Glibc
import Postgres
import TestSupport
import Testing

struct PostgresFaultTests {
  @Test
  func cancellingTheTaskCancelsTheStatement() async throws {
    let cluster = try await TestCluster.shared()
    let connection = try await PostgresConnection.open(conninfo: cluster.conninfo())
    let observer = try await PostgresConnection.open(conninfo: cluster.conninfo())
    let backend = Int64(await connection.backendID)
    let task = Task { try await connection.execute("BEGIN; SELECT pg_sleep(600)") }
    try await observer.waitUntil(
      "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $1", [.int(backend)])
    task.cancel()
    await #expect { try await task.value } throws: { ($0 as? PostgresError)?.code == .cancelled }
    #expect(await connection.transactionStatus == .failed)
    await connection.rollback()
    #expect(await connection.transactionStatus == .idle)
    #expect(try await connection.query("SELECT 1")[0].int(0) == 1)
  }

  @Test
  func cancelledTaskRunsNothingButRollback() async throws {
    let connection = try await PostgresConnection.open(conninfo: TestCluster.shared().conninfo())
    try await connection.execute("BEGIN")
    let task = Task { () -> PostgresError? in
      withUnsafeCurrentTask { $0?.cancel() }
      do throws(PostgresError) {
        try await connection.execute("SELECT 1")
        return nil
      } catch {
        await connection.rollback()
        return error
      }
    }
    #expect(await task.value?.code == .cancelled)
    #expect(await connection.transactionStatus == .idle)
  }

  @Test
  func killedSessionIsLost() async throws {
    let cluster = try await TestCluster.shared()
    let connection = try await PostgresConnection.open(conninfo: cluster.conninfo())
    let error = await #expect(throws: PostgresError.self) {
      try await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    }
    #expect(error?.condition == .down)
    #expect(error?.isRetriable == true)
    #expect(await connection.isBroken)
    let again = await #expect(throws: PostgresError.self) {
      try await connection.execute("SELECT 1")
    }
    #expect(again?.condition == .down)
    try await connection.connect(conninfo: cluster.conninfo())
    #expect(try await connection.query("SELECT 1")[0].int(0) == 1)
  }

  /// A backend that is told to quit at once leaves a warning behind: libpq reads that after its write
  /// has failed, and still takes the connection for a good one.
  @Test
  func serverThatQuitsAtOnceIsLost() async throws {
    let cluster = try await TestCluster.started()
    defer { cluster.destroy() }
    let connection = try await PostgresConnection.open(conninfo: cluster.conninfo())
    let backend = pid_t(await connection.backendID)
    kill(backend, SIGQUIT)
    try await waitUntil("the backend is gone") { kill(backend, 0) != 0 }
    let error = await #expect(throws: PostgresError.self) {
      try await connection.execute("SELECT 1")
    }
    #expect(error?.code == .connectionLost && error?.condition == .down)
    #expect(await connection.isBroken)
  }

  @Test(
    arguments: [
      ("host=/nonexistent", PostgresError.Code.connectionFailed, PostgresError.Condition.down, nil),
      ("%s dbname=missing", .connectionFailed, .auth, "3D000"),
      ("%s user=missing", .connectionFailed, .auth, "28000"),
      ("host=x password=hunter2 'hunter2", .invalidConninfo, .auth, nil),
      ("postgresql://u:hunter2@[h/x", .invalidConninfo, .auth, nil),
      ("host=x hunter2=1", .invalidConninfo, .auth, nil),
      ("host=x\0y", .invalidConninfo, .auth, nil),
    ] as [(String, PostgresError.Code, PostgresError.Condition, String?)])
  func refused(
    conninfo: String, code: PostgresError.Code, condition: PostgresError.Condition,
    sqlState: String?
  ) async throws {
    let base = try await TestCluster.shared().conninfo()
    let conninfo = conninfo.hasPrefix("%s") ? base + conninfo.dropFirst(2) : conninfo
    let error = await #expect(throws: PostgresError.self) {
      try await PostgresConnection.open(conninfo: conninfo)
    }
    #expect(error?.code == code)
    #expect(error?.condition == condition)
    #expect(error?.sqlState == sqlState)
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.description.contains("LOCATION") == false)
  }

  @Test
  func restartedServer() async throws {
    let cluster = try await TestCluster.started(settings: ["max_connections": "5"])
    defer { cluster.destroy() }
    var open: [PostgresConnection] = []
    var refusal: PostgresError?
    while refusal == nil, open.count < 10 {
      do throws(PostgresError) {
        open.append(try await PostgresConnection.open(conninfo: cluster.conninfo()))
      } catch {
        refusal = error
      }
    }
    #expect(refusal?.condition == .tooManyConnections)
    try await cluster.stop(.immediate)
    let stopped = await #expect(throws: PostgresError.self) {
      try await PostgresConnection.open(conninfo: cluster.conninfo())
    }
    #expect(stopped?.condition == .down)
    try await cluster.start()
    let connection = try await PostgresConnection.open(conninfo: cluster.conninfo())
    #expect(try await connection.query("SELECT 1")[0].int(0) == 1)
  }

  @Test(arguments: [
    ("40001", PostgresError.Condition.serialization, true), ("40P01", .serialization, true),
    ("55P03", .lockNotAvailable, true), ("53300", .tooManyConnections, true),
    ("53100", .diskFull, true), ("53200", .outOfResources, true), ("57P03", .down, true),
    ("57P01", .down, true), ("08006", .down, true), ("25006", .readOnly, true),
    ("57014", .timeout, true), ("28P01", .auth, false), ("3D000", .auth, false),
    ("22P02", .dataException, false), ("23505", .constraint, false), ("42501", .privilege, false),
    ("42P01", .missingObject, false), ("42601", .other, false), ("XX000", .other, false),
  ])
  func conditions(sqlState: String, condition: PostgresError.Condition, isRetriable: Bool) {
    let error = PostgresError(code: .server(sqlState), sqlState: sqlState, message: "")
    #expect(error.condition == condition)
    #expect(error.isRetriable == isRetriable)
  }
}

extension PostgresConnection {
  /// Asks until the first cell is true; the state asked for must come by itself.
  func waitUntil(_ sql: String, _ parameters: [PostgresParameter]) async throws {
    while try await query(sql, parameters).first?.bool(0) != true {
      try await execute("SELECT pg_sleep(0.01)")
    }
  }
}
