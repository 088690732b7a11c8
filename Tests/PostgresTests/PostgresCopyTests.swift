import Postgres
import TestSupport
import Testing

struct PostgresCopyTests {
  private func connection() async throws -> PostgresConnection {
    let connection = try await PostgresConnection.open(conninfo: TestCluster.shared().conninfo())
    try await connection.execute("CREATE TEMP TABLE t (n bigint, s text)")
    return connection
  }

  @Test
  func buffersAreOneStream() async throws {
    let connection = try await connection()
    // Cut inside of a row, an empty buffer, and one larger than a piece.
    let filler = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
    let buffers: [[UInt8]] = [
      Array("1\ta\n2".utf8), [], Array("\tb\n3\t".utf8), filler, Array("\n".utf8),
    ]
    #expect(try await connection.copyIn("COPY t FROM STDIN", buffers: buffers) == 3)
    let result = try await connection.query("SELECT n, length(s) FROM t ORDER BY n")
    #expect(result.map { $0.int(0) } == [1, 2, 3])
    #expect(result.map { $0.int(1) } == [1, 1, Int64(filler.count)])
  }

  @Test
  func slicesAndNothing() async throws {
    let connection = try await connection()
    let bytes = Array("xx1\ta\nyy".utf8)
    #expect(try await connection.copyIn("COPY t FROM STDIN", buffers: [bytes[2..<6]]) == 1)
    #expect(try await connection.copyIn("COPY t FROM STDIN", buffers: [[UInt8]]()) == 0)
  }

  @Test
  func badRowIsTheServersError() async throws {
    let connection = try await connection()
    let rows = Array("1\ta\nhunter2\tb\n".utf8)
    // Much data after the bad row: the server has refused long before the client has sent it.
    let chunk = Array(repeatElement("3\tc\n".utf8, count: 50_000).joined())
    let filler = Array(repeating: chunk, count: 40)
    let error = await #expect(throws: PostgresError.self) {
      try await connection.copyIn("COPY t FROM STDIN", buffers: [rows] + filler)
    }
    #expect(error?.sqlState == "22P02")
    #expect(error?.condition == .dataException)
    #expect(error?.context?.contains("line 2") == true)
    #expect(try await connection.query("SELECT count(*) FROM t")[0].int(0) == 0)
  }

  @Test
  func otherStatementsAreRefused() async throws {
    let connection = try await connection()
    for sql in ["SELECT 1", "COPY t TO STDOUT"] {
      await #expect { try await connection.copyIn(sql, buffers: [[UInt8]]()) } throws: {
        ($0 as? PostgresError)?.code == .protocolViolation
      }
      #expect(try await connection.query("SELECT 1")[0].int(0) == 1)
    }
  }

  @Test
  func cancelledBeforeItsEnd() async throws {
    let connection = try await connection()
    // The row's trigger waits on the server, so the cancellation always comes in the middle.
    try await connection.execute(
      """
      CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
      CREATE TRIGGER wait BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.wait()
      """)
    let task = Task {
      try await connection.copyIn("COPY t FROM STDIN", buffers: [Array("1\ta\n".utf8)])
    }
    task.cancel()
    await #expect { try await task.value } throws: { ($0 as? PostgresError)?.code == .cancelled }
    #expect(try await connection.query("SELECT count(*) FROM t")[0].int(0) == 0)
  }
}
