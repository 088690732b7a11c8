import Postgres
import TestSupport
import Testing

struct PostgresConnectionTests {
  private func connection() async throws -> PostgresConnection {
    try await PostgresConnection.open(conninfo: TestCluster.shared().conninfo())
  }

  @Test
  func sessionIsSetUp() async throws {
    let connection = try await connection()
    let result = try await connection.query(
      """
      SELECT current_setting('application_name'), current_setting('client_encoding'),
        current_setting('datestyle'), current_setting('timezone')
      """)
    #expect((0..<4).map { result[0].string($0) } == ["pgtrawl", "UTF8", "ISO, YMD", "UTC"])
    #expect(await connection.serverVersion >= 130_000)
    #expect(await !connection.isBroken)
    #expect(await connection.transactionStatus == .idle)
    await connection.close()
    #expect(await connection.isBroken)
    #expect(await connection.transactionStatus == .unknown)
    await #expect { try await connection.execute("SELECT 1") } throws: {
      ($0 as? PostgresError)?.code == .notConnected
    }
  }

  @Test
  func cellsComeBack() async throws {
    let connection = try await connection()
    let sql = """
      SELECT n::int8, n::int4 AS b, n::float8 / 2 AS c, n > 1 AS d, repeat('ü', n) AS e,
        NULL::text AS f, decode('00ff', 'hex') AS g
      FROM generate_series(1, 2) AS n
      """
    for binary in [false, true] {
      let result = try await connection.query(sql, binary: binary)
      #expect(result.columnNames == ["n", "b", "c", "d", "e", "f", "g"])
      #expect(result.columnTypes == [20, 23, 701, 16, 25, 25, 17])
      #expect(result.column("e") == 4)
      #expect(result.column("z") == nil)
      #expect(result.count == 2)
      #expect(result.commandTag == "SELECT 2")
      #expect(result.affectedRows == 2)
      #expect(result.map { $0.int(0) } == [1, 2])
      #expect(result.map { $0.int(1) } == [1, 2])
      #expect(result.map { $0.double(2) } == [0.5, 1])
      #expect(result.map { $0.bool(3) } == [false, true])
      #expect(result.map { $0.string(4) } == ["ü", "üü"])
      #expect(result[0].isNull(5))
      #expect(result[0][5] == nil)
      #expect(result[1].bytea(6) == [0, 255])
    }
  }

  @Test(
    arguments: [
      (PostgresParameter.null, "text", nil),
      (.text("it's"), "text", "it's"),
      (.text(""), "text", ""),
      (.int(Int64.min), "bigint", "-9223372036854775808"),
      (.int(5), "numeric", "5"),
      (.double(0.1), "float8", "0.1"),
      (.bool(true), "bool", "true"),
      (.bytea([0, 1, 255]), "bytea", #"\x0001ff"#),
      (.bigintArray([1, -2]), "bigint[]", "{1,-2}"),
      (.bigintArray([]), "bigint[]", "{}"),
      (.textArray(["a,b", nil, ""]), "text[]", #"{"a,b",NULL,""}"#),
      (.byteaArray([[0], nil]), "bytea[]", #"{"\\x00",NULL}"#),
    ] as [(PostgresParameter, String, String?)])
  func parameters(parameter: PostgresParameter, type: String, expected: String?) async throws {
    let connection = try await connection()
    let result = try await connection.query("SELECT $1::\(type)::text", [parameter])
    #expect(result[0].string(0) == expected)
  }

  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "0", "-1",
  ])
  func integers(text: String) async throws {
    let connection = try await connection()
    let result = try await connection.query("SELECT $1::bigint", [.text(text)])
    #expect(result[0].int(0) == Int64(text))
  }

  @Test(arguments: ["9223372036854775808", "-9223372036854775809", "-", "", "1x", "+1"])
  func noIntegers(text: String) async throws {
    let connection = try await connection()
    let result = try await connection.query("SELECT $1::text", [.text(text)])
    #expect(result[0].int(0) == nil)
  }

  @Test
  func zeroBytesAreRefused() async throws {
    let connection = try await connection()
    for sql in ["SELECT $1", "SELECT $1\0"] {
      await #expect { try await connection.query(sql, [.text("a\0b")]) } throws: {
        ($0 as? PostgresError)?.code == .invalidParameter
      }
    }
    #expect(try await connection.query("SELECT 1")[0].int(0) == 1)
  }

  @Test
  func serverErrorKeepsDataApart() async throws {
    let connection = try await connection()
    try await connection.execute("CREATE TEMP TABLE t (secret text PRIMARY KEY)")
    try await connection.query("INSERT INTO t VALUES ($1)", [.text("hunter2")])
    let error = await #expect(throws: PostgresError.self) {
      try await connection.query("INSERT INTO t VALUES ($1)", [.text("hunter2")])
    }
    #expect(error?.code == .server("23505"))
    #expect(error?.condition == .constraint)
    #expect(error?.constraint == "t_pkey")
    #expect(error?.detail?.contains("hunter2") == true)
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.isRetriable == false)
  }

  @Test
  func scriptsAndTransactions() async throws {
    let connection = try await connection()
    let last = try await connection.execute("CREATE TEMP TABLE t (n int); SELECT 1; SELECT 7")
    #expect(last[0].int(0) == 7)
    try await connection.transaction {
      #expect(await connection.transactionStatus == .inTransaction)
      try await connection.execute("INSERT INTO t VALUES (1)")
    }
    await #expect(throws: PostgresError.self) {
      try await connection.transaction {
        try await connection.execute("INSERT INTO t VALUES (2)")
        try await connection.execute("SELECT 1/0")
      }
    }
    #expect(await connection.transactionStatus == .idle)
    let result = try await connection.query("SELECT n FROM t")
    #expect(result.map { $0.int(0) } == [1])
  }

  @Test
  func noticesAreCaptured() async throws {
    let connection = try await connection()
    try await connection.execute("DO $$ BEGIN RAISE WARNING 'mind the gap'; END $$")
    let notices = await connection.takeNotices()
    #expect(notices.map { $0.message } == ["mind the gap"])
    #expect(notices.first?.severity == "WARNING")
    #expect(await connection.takeNotices().isEmpty)
  }

  @Test
  func copyFromScriptIsRefusedAndSurvived() async throws {
    let connection = try await connection()
    for sql in ["COPY (SELECT 1) TO STDOUT", "CREATE TEMP TABLE c (n int); COPY c FROM STDIN"] {
      await #expect { try await connection.execute(sql) } throws: {
        ($0 as? PostgresError)?.code == .protocolViolation
      }
      #expect(try await connection.query("SELECT 1")[0].int(0) == 1)
    }
  }
}
