import API
import ArgumentParser
internal import Foundation
import Postgres

/// `pgtrawl mcp`
struct MCPCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp", abstract: "Serves language models and editors over stdin and stdout.",
    discussion: """
      A Model Context Protocol server with tools that only read: top_queries, explain_query, \
      compare_periods, findings, recommendations. It is started by the program that asks, and ends \
      when stdin does.

        {"mcpServers": {"pgtrawl": {"command": "pgtrawl", "args": ["mcp"]}}}
      """)

  @OptionGroup var global: GlobalOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let conninfo = try await context.store.existing()
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    try await connection.execute(
      """
      SET default_transaction_read_only = on; SET statement_timeout = '30s'; SET jit = off; \
      SET work_mem = '16MB'; SET search_path = pg_catalog
      """)
    let server = MCPServer(
      reader: Reader(connection), version: Pgtrawl.configuration.version)
    let (lines, line) = AsyncStream.makeStream(of: String.self)
    // Reading blocks, and nothing wakes it but the other side.
    Thread.detachNewThread {
      while let read = readLine(strippingNewline: true) { line.yield(read) }
      line.finish()
    }
    for await message in lines {
      if let answer = await server.answer(message) { context.console.write(answer + "\n") }
    }
    await connection.close()
    return .done
  }
}
