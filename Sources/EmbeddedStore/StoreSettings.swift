internal import Glibc

/// The server's settings: for a store that is appended to and must not lose what it committed.
struct StoreSettings {
  let socketDirectory: String
  /// Memory of the machine, bytes.
  let memoryBytes: Int

  /// Settings that depend on how the server was built: names with values, the best first.
  static let optional: [(name: String, values: [String])] = [
    ("wal_compression", ["lz4", "on"]),
    ("default_toast_compression", ["lz4"]),
  ]

  /// Memory of this machine.
  static var machineMemoryBytes: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageBytes = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && pageBytes > 0 ? pages * pageBytes : 1 << 30
  }

  /// pgtrawl.conf. `chosen` are optional settings with a value that the server takes.
  func text(chosen: [(name: String, value: String)]) -> String {
    let megabytes = memoryBytes >> 20
    let settings: [(String, String)] =
      [
        // Reached by its socket only.
        ("listen_addresses", "''"),
        ("port", String(StoreLocation.port)),
        ("unix_socket_directories", Self.quoted(socketDirectory)),
        ("unix_socket_permissions", "0700"),
        ("max_connections", "60"),
        ("cluster_name", "'pgtrawl'"),
        // Large appends: few checkpoints, spread out.
        ("shared_buffers", "\(min(1024, max(64, megabytes / 8)))MB"),
        ("effective_cache_size", "\(max(256, megabytes / 2))MB"),
        ("work_mem", "\(min(64, max(8, megabytes / 128)))MB"),
        ("maintenance_work_mem", "\(min(512, max(64, megabytes / 16)))MB"),
        ("max_wal_size", "4GB"),
        ("min_wal_size", "256MB"),
        ("checkpoint_timeout", "15min"),
        ("checkpoint_completion_target", "0.9"),
        ("wal_buffers", "16MB"),
        ("jit", "off"),
        // Durable, whatever the defaults of the package are.
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        // Statements hold what the logs hold: they are not to be written a second time.
        ("log_destination", "'stderr'"),
        ("logging_collector", "off"),
        ("log_min_messages", "warning"),
        ("log_min_error_statement", "panic"),
        ("log_statement", "'none'"),
        ("log_min_duration_statement", "-1"),
        ("log_checkpoints", "off"),
        ("log_timezone", "'UTC'"),
        ("timezone", "'UTC'"),
      ] + chosen.map { ($0.name, $0.value) }
    return "# Written by pgtrawl at every start: put changes into local.conf.\n"
      + settings.map { "\($0.0) = \($0.1)\n" }.joined()
  }

  /// A value in quotes, as in postgresql.conf.
  private static func quoted(_ value: String) -> String {
    var result = "'"
    for character in value {
      if character == "'" || character == "\\" { result.append(character) }
      result.append(character)
    }
    return result + "'"
  }
}
