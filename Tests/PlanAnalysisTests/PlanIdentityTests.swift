import Digest
import PlanAnalysis
import Postgres
import TestSupport
import Testing

/// SHA-256 by libcrypto, as the program hands it in.
let testDigest: PlanIdentity.Digest = { SHA256Hash.of($0) }

/// When two plans are the same, on a server and over versions.
@Suite(.serialized) struct PlanIdentityTests {
  private func server() async throws -> PostgresConnection {
    let conninfo = try await TestCluster.shared().createDatabase()
    let sql = try await PostgresConnection.open(conninfo: conninfo)
    try await sql.execute(
      """
      CREATE TABLE a (id int PRIMARY KEY, k int, t text);
      INSERT INTO a SELECT i, i % 100, 'x' || i FROM generate_series(1, 20000) i;
      CREATE TABLE b (id int PRIMARY KEY, a_id int);
      INSERT INTO b SELECT i, i FROM generate_series(1, 20000) i;
      CREATE TABLE p (d date, v int) PARTITION BY RANGE (d);
      CREATE TABLE p_2025_01_01 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2025-01-02');
      CREATE TABLE p_2025_01_02 PARTITION OF p FOR VALUES FROM ('2025-01-02') TO ('2025-01-03');
      CREATE TABLE p_2025_01_03 PARTITION OF p FOR VALUES FROM ('2025-01-03') TO ('2025-01-04');
      INSERT INTO p SELECT date '2025-01-01' + i % 3, i FROM generate_series(1, 3000) i;
      ANALYZE;
      """)
    return sql
  }

  private func identity(
    _ sql: PostgresConnection, _ query: String, _ options: String = ""
  ) async throws -> PlanIdentity {
    let rows = try await sql.query("EXPLAIN (FORMAT JSON\(options)) \(query)")
    let json = try #require(rows.first?.string(0))
    return PlanIdentity(try PlanTree(json: Array(json.utf8)), digest: testDigest)
  }

  @Test func optionsDoNotCount() async throws {
    let sql = try await server()
    for query in [
      "SELECT t, count(*) FROM a WHERE k = 7 AND t LIKE 'x%' GROUP BY t ORDER BY 2 DESC, t",
      "SELECT x.t FROM a x JOIN b ON b.a_id = x.id WHERE x.k = 3 AND lower(x.t) <> 'y'",
      "SELECT * FROM a WHERE k > (SELECT avg(k) FROM b, a a2 WHERE b.id = a2.id)",
      "SELECT * FROM a WHERE id NOT IN (SELECT a_id FROM b WHERE id < 100)",
      "WITH c AS MATERIALIZED (SELECT * FROM a) SELECT * FROM c c1 JOIN c c2 USING (id)",
      "SELECT d, sum(v) FROM p GROUP BY d ORDER BY d",
    ] {
      let plain = try await identity(sql, query)
      for options in [
        ", VERBOSE", ", ANALYZE", ", ANALYZE, BUFFERS, VERBOSE", ", COSTS off, VERBOSE",
        ", ANALYZE, TIMING off, SETTINGS",
      ] {
        let other = try await identity(sql, query, options)
        #expect(other.shape == plain.shape, "\(query) with \(options)")
        #expect(other.plan == plain.plan, "\(query) with \(options)")
        #expect(options.contains("COSTS") || other.dedup == plain.dedup, "\(query)\(options)")
      }
    }
  }

  @Test func constantsAndLengthsOfListsDoNotCount() async throws {
    let sql = try await server()
    func list(_ count: Int) -> String { (1...count).map(String.init).joined(separator: ",") }
    try await sql.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    let short = try await identity(sql, "SELECT * FROM a WHERE id IN (\(list(2)))")
    let long = try await identity(sql, "SELECT * FROM a WHERE id IN (\(list(1000)))")
    #expect(short.plan == long.plan)
    let other = try await identity(sql, "SELECT * FROM a WHERE id = ANY('{5,6,7}'::int[])")
    #expect(short.plan == other.plan)
    let key = try await identity(sql, "SELECT * FROM a WHERE id = 1")
    #expect(key.plan != short.plan)
    #expect(key.shape == short.shape)
  }

  @Test func aGenericPlanIsTheSamePlan() async throws {
    let sql = try await server()
    try await sql.execute("PREPARE q (int, text) AS SELECT * FROM a WHERE id = $1 AND t = $2")
    try await sql.execute("SET plan_cache_mode = force_custom_plan")
    let custom = try await identity(sql, "EXECUTE q (5, 'x5')")
    try await sql.execute("SET plan_cache_mode = force_generic_plan")
    let generic = try await identity(sql, "EXECUTE q (5, 'x5')")
    #expect(custom.plan == generic.plan)
    #expect(!custom.isGeneric)
    #expect(generic.isGeneric)
  }

  @Test func anIndexCounts() async throws {
    let sql = try await server()
    let query = "SELECT * FROM a WHERE t = 'x77'"
    let before = try await identity(sql, query)
    try await sql.execute("CREATE INDEX a_t ON a (t); ANALYZE a")
    #expect(try await identity(sql, query).shape != before.shape)
  }

  @Test func workersThatDidNotComeDoNotCount() async throws {
    let sql = try await server()
    try await sql.execute(
      """
      SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0;
      SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0
      """)
    let query = "SELECT count(*) FROM a"
    let all = try await identity(sql, query, ", ANALYZE")
    try await sql.execute("SET max_parallel_workers = 0")
    let none = try await identity(sql, query, ", ANALYZE")
    #expect(all.plan == none.plan)
  }

  @Test func thePartitionOfAnotherDayDoesNotCount() async throws {
    let sql = try await server()
    let first = try await identity(sql, "SELECT * FROM p WHERE d = '2025-01-01' AND v > 5")
    let next = try await identity(sql, "SELECT * FROM p WHERE d = '2025-01-02' AND v > 5")
    #expect(first.plan == next.plan)
    let two = try await identity(sql, "SELECT * FROM p WHERE d >= '2025-01-02' AND v > 5")
    let three = try await identity(sql, "SELECT * FROM p WHERE d >= '2025-01-01' AND v > 5")
    #expect(two.plan == three.plan)
  }

  /// Where two versions chose the same operators for a statement, the shape is the same.
  @Test(
    .enabled(if: TestAmount.corpus != nil, "PGTRAWL_CORPUS names no folder of csvlog files"))
  func versionsDoNotCount() throws {
    var shapes: [String: (shape: UInt64, origin: String)] = [:]
    var compared = 0
    for file in try RecordedPlans.corpusFiles() where file.contains("shop_full") {
      var seen: Set<String> = []
      for plan in try RecordedPlans.plans(inLog: file) where plan.application.hasPrefix("slow") {
        let tree = try PlanTree(json: plan.json)
        let operators = tree.nodes.map { node in
          let names = [PlanField.nodeType, .relationName, .indexName, .joinType, .partialMode]
          let flags = "\(tree.flag(node.index, .parallelAware)) \(node.relationship)"
          return "\(node.depth) \(names.map { tree.text(node.index, $0) ?? "" }) \(flags)"
        }
        let key = (tree.documentText(.queryText) ?? "") + operators.joined(separator: "\n")
        guard seen.insert(key).inserted else { continue }
        let shape = PlanIdentity(tree, digest: testDigest).shape
        if let other = shapes[key] {
          compared += 1
          #expect(other.shape == shape, "\(other.origin) and \(plan.origin)")
        } else {
          shapes[key] = (shape, plan.origin)
        }
      }
    }
    #expect(compared > 50)
  }
}
