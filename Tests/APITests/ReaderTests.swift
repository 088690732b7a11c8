import Foundation
import Postgres
import Synchronization
import Testing

@testable import API

struct ReaderTests {
  private struct Page {
    var rows: [[String: Any]]
    var next: String?

    init(_ text: String) throws {
      let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      rows = document?["data"] as? [[String: Any]] ?? []
      next = document?["next"] as? String
    }
  }

  /// Names of all rows, page by page.
  private func walk(
    _ reader: Reader, _ resource: Resource, _ parameters: [(name: String, value: String)],
    name: String
  ) async throws -> [String] {
    var result: [String] = []
    var cursor: String?
    repeat {
      let own = cursor.map { [(name: "cursor", value: $0)] } ?? []
      let page = try Page(try await reader.list(ListRequest(resource, parameters + own)))
      result += page.rows.map { $0[name] as? String ?? "" }
      cursor = page.next
    } while cursor != nil
    return result
  }

  @Test func pagesHoldEveryRowOnceInEveryOrder() async throws {
    let store = try await StoreWithRows.make()
    let reader = Reader(store.connection)
    let all = try await walk(reader, Catalog.queries, [("limit", "1000")], name: "id")
    #expect(Set(all).count == StoreWithRows.queries)
    for sort in Catalog.queries.sorts {
      for sign in ["", "+"] {
        let found = try await walk(
          reader, Catalog.queries, [("limit", "19"), ("sort", sign + sort.name)], name: "id")
        #expect(found.count == StoreWithRows.queries, "\(sign)\(sort.name)")
        #expect(Set(found) == Set(all), "\(sign)\(sort.name)")
      }
    }
    let one = try #require(all.first)
    let executions = try await walk(
      reader, Catalog.executions, [("query", one), ("limit", "4")], name: "id")
    #expect(executions.count == 25 && Set(executions).count == 25)
    await store.connection.close()
  }

  @Test func aPageOfHundredTakesAtMostSixStatements() async throws {
    let store = try await StoreWithRows.make()
    let count = Mutex(0)
    let reader = Reader(store.connection) { count.withLock { $0 += 1 } }
    let request = try ListRequest(
      Catalog.queries,
      [("limit", "100"), ("include", "executions,plans,findings,recommendations")])
    let page = try Page(try await reader.list(request))
    #expect(page.rows.count == 100)
    #expect(count.withLock { $0 } <= 6)
    for row in page.rows {
      let executions = try #require(row["executions"] as? [[String: Any]])
      #expect(executions.count == Reader.embeddedMax)
      #expect(executions.allSatisfy { $0["query_id"] as? String == row["id"] as? String })
      for name in ["plans", "findings", "recommendations"] {
        #expect((row[name] as? [[String: Any]])?.count == 1, "\(name)")
      }
    }
    await store.connection.close()
  }

  /// Every statement that the declarations make is one that PostgreSQL takes.
  @Test func everyListTakesEveryFilterAndOrder() async throws {
    let store = try await StoreWithRows.make()
    let reader = Reader(store.connection)
    for resource in Catalog.lists {
      let given = resource.filters.map { filter in
        let value =
          switch filter.kind {
          case .queryID: "0000000000001eef"
          case .integer, .number: "0"
          case .boolean: "false"
          case .time: "2026-03-01T00:00:00Z"
          case .factID, .text, .texts, .json: filter.choices.first ?? "x' OR true --"
          }
        return (name: filter.name, value: value)
      }
      for parameter in given {
        _ = try Page(try await reader.list(ListRequest(resource, [parameter])))
      }
      _ = try Page(try await reader.list(ListRequest(resource, given)))
      for sort in resource.sorts {
        _ = try Page(try await reader.list(ListRequest(resource, [("sort", "+" + sort.name)])))
      }
      for field in resource.fields {
        let page = try Page(
          try await reader.list(ListRequest(resource, [("fields", field.name), ("limit", "1")])))
        #expect(page.rows.allSatisfy { Set($0.keys) == [field.name] }, "\(field.name)")
      }
    }
    await store.connection.close()
  }

  @Test func aFilterLeavesOutWhatItSays() async throws {
    let store = try await StoreWithRows.make()
    let reader = Reader(store.connection)
    let found = try Page(
      try await reader.list(
        ListRequest(Catalog.queries, [("search", "SELECT 17"), ("limit", "99")])))
    // 17, and 170 to 179.
    #expect(found.rows.count == 11)
    let hour = try Page(
      try await reader.list(
        ListRequest(Catalog.queries, [("until", "2026-03-01T11:00:00Z"), ("limit", "1")])))
    #expect(hour.rows.first?["calls"] as? Int == 25)
    let none = try Page(
      try await reader.list(ListRequest(Catalog.queries, [("source", "two")])))
    #expect(none.rows.isEmpty)
    await store.connection.close()
  }

  @Test func figuresOfOneQueryAndOfAPlan() async throws {
    let store = try await StoreWithRows.make()
    let reader = Reader(store.connection)
    let series =
      try JSONSerialization.jsonObject(
        with: Data(try await reader.series(7919, []).utf8)) as? [String: Any]
    let points = try #require(series?["data"] as? [[String: Any]])
    #expect(points.map { $0["calls"] as? Int } == [25, 25])
    let median = try #require(points[0]["p50_ms"] as? Double)
    #expect(abs(median - 2) <= 0.02)
    _ = try await reader.plan(1, 1_000_001)
    await #expect(throws: APIError.self) { try await reader.plan(1, 5) }
    _ = try await reader.summary([])
    _ = try await reader.comparison([
      ("baseline_since", "2026-03-01T10:00:00Z"), ("baseline_until", "2026-03-01T11:00:00Z"),
      ("since", "2026-03-01T11:00:00Z"), ("until", "2026-03-01T12:00:00Z"),
    ])
    #expect(try await reader.gauges().contains("pgtrawl_source_bytes{source=\"one\"} 0"))
    await store.connection.close()
  }

  @Test func theDocumentDescribesEveryList() throws {
    let text = OpenAPI.document(version: "1")
    let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let paths = try #require(document?["paths"] as? [String: Any])
    for resource in Catalog.lists { #expect(paths["/v1/\(resource.name)"] != nil) }
  }
}
