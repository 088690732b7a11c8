import ArgumentParser

/// The command line's root.
struct Pgtrawl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pgtrawl",
    abstract: "Turns PostgreSQL's logs into queries, executions and plans.",
    discussion: """
      Reads the logs that PostgreSQL writes anyway (csvlog, plain or gzip); runs nothing on the \
      server that wrote them. Results go into a PostgreSQL database, the store.

        pgtrawl import /var/log/postgresql       read everything in a directory
        pgtrawl nightly /var/log/postgresql      the same from cron, with what the day brought
        pgtrawl report queries --since 24h       what took the time
        pgtrawl show query 1f0c6a2b9d3e4f50      all about one of them
        pgtrawl show plan 12-34567               a plan as EXPLAIN shows it

      Flags come before PGTRAWL_* variables, these before pgtrawl.toml. Shell completions: \
      pgtrawl --generate-completion-script bash|zsh|fish.

      Exit codes: 0 done, 1 failed, 2 usage, 3 records were rejected (--strict), 4 another run \
      holds the lock, 5 some inputs could not be read or some answers not be taken, 75 try again later, 130 and 143 stopped.
      """,
    version: "0.1.0",
    subcommands: [
      ImportCommand.self, TailCommand.self, ForgetCommand.self, StatusCommand.self,
      AnalyzeCommand.self, NightlyCommand.self, DoctorCommand.self,
      ReportCommand.self, ShowCommand.self, ServeCommand.self, MCPCommand.self,
      RecommendCommand.self, MigrateCommand.self, DatabaseCommand.self,
    ])
}
