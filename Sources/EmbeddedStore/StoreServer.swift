internal import Foundation
internal import Glibc

/// Files and processes of the store; every call is made under its lock, where one is needed.
struct StoreServer {
  /// A start after a crash replays the log first.
  static let startSeconds = 300
  private static let stopSeconds = 120
  private static let orphanSeconds = 20
  /// The log is put aside at a start when it is larger.
  private static let logBytesMax = 1 << 20

  let location: StoreLocation

  /// Makes the store's directory; one that exists must be empty or a store.
  func makeDirectory() throws(EmbeddedStoreError) {
    let isRoot = location.account != nil
    var made = ""
    for part in location.directory.split(separator: "/") {
      made += "/" + part
      let isLast = made == location.directory
      // The server's account passes through to its parts.
      guard mkdir(made, isRoot ? 0o755 : isLast ? 0o700 : 0o755) != 0 else { continue }
      // EROFS and EACCES come before EEXIST for some file systems' existing directories.
      let failure = errno
      guard access(made, F_OK) != 0 else { continue }
      throw .system(failure, path: made)
    }
    guard access(location.lockFile, F_OK) != 0 else { return }
    var found = stat()
    guard stat(location.directory, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
      throw EmbeddedStoreError(.notAStore, path: location.directory)
    }
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: location.directory)) ?? []
    // Another command may make the lock file in this very moment.
    guard entries.isEmpty || access(location.lockFile, F_OK) == 0 else {
      throw EmbeddedStoreError(.notAStore, path: location.directory, reason: "it is not empty")
    }
  }

  /// Makes log and socket directory. For root only they and the data belong to the server's
  /// account, not what they are in: root never writes where another can put links.
  func makeParts() throws(EmbeddedStoreError) {
    for directory in [location.logDirectory, location.socketDirectory] {
      try makeOwnDirectory(directory)
    }
    guard location.account != nil else { return }
    let entry = try command("/bin/sh", ["-c", #"cd "$0""#, location.logDirectory]).run()
    guard entry.status == 0 else {
      throw EmbeddedStoreError(
        .permissionDenied, path: location.directory,
        reason: "the account '\(location.account?.name ?? "")', as which the server runs, "
          + "cannot enter it")
    }
  }

  /// A directory that only the server's account can enter; one that is someone else's is refused.
  private func makeOwnDirectory(_ path: String) throws(EmbeddedStoreError) {
    let owner = location.account?.userID ?? geteuid()
    if mkdir(path, 0o700) == 0 {
      guard let account = location.account else { return }
      guard lchown(path, account.userID, account.groupID) == 0 else {
        throw .system(errno, path: path)
      }
      return
    }
    guard errno == EEXIST else { throw .system(errno, path: path) }
    var found = stat()
    guard lstat(path, &found) == 0 else { throw .system(errno, path: path) }
    guard found.st_mode & S_IFMT == S_IFDIR, found.st_uid == owner || found.st_uid == geteuid()
    else {
      throw EmbeddedStoreError(.notAStore, path: path, reason: "it belongs to another account")
    }
    // A run that was killed between the two steps above.
    guard found.st_uid == owner || lchown(path, owner, location.account?.groupID ?? getegid()) == 0
    else { throw .system(errno, path: path) }
    if found.st_mode & 0o077 != 0, chmod(path, 0o700) != 0 {
      throw .system(errno, path: path)
    }
  }

  /// The data directory's major version; nil when there is no data directory.
  func majorVersion() throws(EmbeddedStoreError) -> Int? {
    guard access(location.dataDirectory, F_OK) == 0 else {
      guard errno == ENOENT else { throw .system(errno, path: location.dataDirectory) }
      return nil
    }
    let path = location.dataDirectory + "/PG_VERSION"
    guard access(path, R_OK) == 0 else {
      throw errno == ENOENT
        ? EmbeddedStoreError(.notAStore, path: location.dataDirectory)
        : .system(errno, path: path)
    }
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    guard let major = Int(text.prefix { $0.isNumber }) else {
      throw EmbeddedStoreError(.notAStore, path: location.dataDirectory)
    }
    return major
  }

  /// Makes the data directory; it gets its name when it is complete, so a killed run leaves none.
  func initialize(_ programs: ServerPrograms) throws(EmbeddedStoreError) {
    let data = location.unfinishedDataDirectory
    try remove(data)
    try makeOwnDirectory(data)
    try run(
      programs.path("initdb"),
      [
        "-D", data, "-U", "pgtrawl", "-E", "UTF8", "--locale=C", "--auth-local=trust",
        "--auth-host=reject",
      ])
    let includes = "\ninclude_if_exists 'pgtrawl.conf'\ninclude_if_exists 'local.conf'\n"
    try run(
      "/bin/sh", ["-c", #"cat >> "$0""#, data + "/postgresql.conf"], input: includes)
    try run(
      programs.path("postgres"), ["--single", "-j", "-D", data, "postgres"],
      input: "CREATE DATABASE pgtrawl\n")
    guard rename(data, location.dataDirectory) == 0 else {
      throw .system(errno, path: location.dataDirectory)
    }
  }

  /// Starts the server and waits until it is ready.
  func start(_ programs: ServerPrograms) throws(EmbeddedStoreError) {
    try removeStaleFiles()
    let data = location.dataDirectory
    let settings = StoreSettings(
      socketDirectory: location.socketDirectory, memoryBytes: StoreSettings.machineMemoryBytes)
    try run(
      "/bin/sh", ["-c", #"cat > "$0""#, data + "/pgtrawl.conf"],
      input: settings.text(chosen: try optionalSettings(programs)))
    try putLogAside()
    let outcome = try command(
      programs.path("pg_ctl"),
      [
        "-D", data, "-l", location.logFile, "-w", "-t", String(Self.startSeconds), "-s", "start",
      ]
    ).run()
    guard outcome.status != 0 else { return }
    if let file = PostmasterFile(dataDirectory: data), file.isServer(of: data) {
      throw EmbeddedStoreError(.notReady, path: location.directory, reason: file.state)
    }
    let log = (try? String(contentsOfFile: location.logFile, encoding: .utf8)) ?? ""
    let said = StoreCommand.Outcome(status: 1, output: String(log.suffix(4000)))
    throw .program(log.isEmpty ? outcome : said, .startFailed, path: location.directory)
  }

  /// Stops the server in the fast way.
  func stop(_ programs: ServerPrograms) throws(EmbeddedStoreError) {
    let outcome = try command(
      programs.path("pg_ctl"),
      [
        "-D", location.dataDirectory, "-w", "-t", String(Self.stopSeconds), "-m", "fast", "-s",
        "stop",
      ]
    ).run()
    guard outcome.status == 0 else {
      throw .program(outcome, .stopFailed, path: location.directory)
    }
  }

  /// Ends the server without a checkpoint: its data are about to go.
  func endAtOnce(_ process: Int32) {
    kill(process, SIGQUIT)
    waitForOrphans()
  }

  /// Removes all that belongs to the store, and its directory when nothing else is in it.
  func remove() throws(EmbeddedStoreError) {
    for path in [
      location.dataDirectory, location.unfinishedDataDirectory, location.socketDirectory,
      location.logDirectory, location.lockFile,
    ] {
      try remove(path)
    }
    rmdir(location.directory)
  }

  /// Blocks while `condition` holds, at most `seconds`.
  func wait(seconds: Int, while condition: () -> Bool) {
    let deadline = ContinuousClock().now + .seconds(seconds)
    while condition(), ContinuousClock().now < deadline {
      usleep(50_000)
    }
  }

  // MARK: - Parts

  private func remove(_ path: String) throws(EmbeddedStoreError) {
    var found = stat()
    guard lstat(path, &found) == 0 else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      let cause = (error as? CocoaError)?.underlying as? POSIXError
      throw .system(cause?.code.rawValue ?? EACCES, path: path)
    }
  }

  /// Which of the optional settings this build of the server takes, asked of itself.
  private func optionalSettings(
    _ programs: ServerPrograms
  ) throws(EmbeddedStoreError) -> [(name: String, value: String)] {
    var chosen: [(name: String, value: String)] = []
    for (name, values) in StoreSettings.optional {
      for value in values {
        let question = command(
          programs.path("postgres"),
          ["-D", location.dataDirectory, "-c", "\(name)=\(value)", "-C", name])
        guard try question.run().status == 0 else { continue }
        chosen.append((name, value))
        break
      }
    }
    return chosen
  }

  /// A server that was killed leaves its files behind. PostgreSQL takes care of them, unless the
  /// process id has gone to another process: then it would refuse to start.
  private func removeStaleFiles() throws(EmbeddedStoreError) {
    let data = location.dataDirectory
    waitForOrphans()
    guard !PostmasterFile.hasProcesses(in: data) else {
      throw EmbeddedStoreError(
        .notReady, path: location.directory, reason: "processes of the last server still run")
    }
    guard let file = PostmasterFile(dataDirectory: data), file.isAlive else { return }
    try remove(data + "/postmaster.pid")
    try remove("\(location.socketDirectory)/.s.PGSQL.\(StoreLocation.port).lock")
  }

  /// Children of a killed postmaster end by themselves.
  private func waitForOrphans() {
    wait(seconds: Self.orphanSeconds) {
      PostmasterFile.hasProcesses(in: location.dataDirectory)
    }
  }

  private func putLogAside() throws(EmbeddedStoreError) {
    var found = stat()
    guard lstat(location.logFile, &found) == 0, found.st_size > Self.logBytesMax else { return }
    guard rename(location.logFile, location.logFile + ".old") == 0 else {
      throw .system(errno, path: location.logFile)
    }
  }

  private func command(_ program: String, _ arguments: [String]) -> StoreCommand {
    StoreCommand(program, arguments, as: location.account)
  }

  private func run(
    _ program: String, _ arguments: [String], input: String = ""
  ) throws(EmbeddedStoreError) {
    let outcome = try command(program, arguments).run(input: input)
    guard outcome.status == 0 else {
      throw .program(outcome, .initializeFailed, path: location.directory)
    }
  }
}
