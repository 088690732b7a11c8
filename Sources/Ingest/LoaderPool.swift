internal import LogStore

/// The stores of files that are loaded side by side: each has a connection, which is used again for
/// the next file.
actor LoaderPool {
  private let settings: IngestSettings
  private let conninfo: String
  private let schemaCheck: Store.SchemaCheck
  private var idle: [Store] = []

  init(settings: IngestSettings, conninfo: String, schemaCheck: @escaping Store.SchemaCheck) {
    self.settings = settings
    self.conninfo = conninfo
    self.schemaCheck = schemaCheck
  }

  func take() -> Store {
    idle.popLast()
      ?? Store(
        conninfo: conninfo, rejectedBytes: settings.rejectedBytes,
        schemaCheck: schemaCheck)
  }

  func give(_ store: Store) { idle.append(store) }

  func close() async {
    for store in idle { await store.close() }
    idle = []
  }
}
