internal import Glibc

/// Where the embedded store is, and as whom its server runs.
public struct StoreLocation: Sendable, Equatable {
  /// An account of the system.
  public struct Account: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Its user id.
    public var userID: UInt32
    /// Its main group's id.
    public var groupID: UInt32
  }

  /// Bytes that a socket's path can have: `sun_path` has 108 with the closing zero byte.
  static let socketPathBytesMax = 107
  /// The port, which on a unix socket is only a part of the file's name.
  static let port = 5432

  /// The directory that holds everything of the store.
  public let directory: String
  /// The account that the server runs as; nil is the caller's own.
  public let account: Account?
  /// PGDATA.
  public var dataDirectory: String { directory + "/data" }
  /// PGDATA while it is being made.
  var unfinishedDataDirectory: String { directory + "/data.new" }
  /// What the server says, one file that is put aside when it has grown.
  public var logFile: String { directory + "/log/server.log" }
  var logDirectory: String { directory + "/log" }
  var lockFile: String { directory + "/pgtrawl.lock" }

  /// Directory of the unix socket: in the store, or under /tmp when the path would be too long.
  public var socketDirectory: String {
    let inside = directory + "/run"
    let socket = "\(inside)/.s.PGSQL.\(Self.port)"
    guard socket.utf8.count > Self.socketPathBytesMax else { return inside }
    return "/tmp/pgtrawl-" + String(Self.hash(directory), radix: 16)
  }

  /// A store in `directory`; nil is the usual place.
  ///
  /// That is `pgtrawl` in XDG_DATA_HOME or ~/.local/share, for root /var/lib/pgtrawl. `userID` nil
  /// is the caller's. Throws `noDirectory` and `noAccount`.
  public init(
    directory: String? = nil, environment: [String: String], userID: UInt32? = nil
  ) throws(EmbeddedStoreError) {
    let userID = userID ?? geteuid()
    account = userID == 0 ? try Self.unprivilegedAccount() : nil
    if let directory {
      self.directory = Self.absolute(directory)
    } else {
      self.directory = Self.absolute(try Self.usualDirectory(environment, userID: userID))
    }
  }

  /// The connection string of the store's database, whether its server runs or not.
  public var conninfo: String {
    "host='\(Self.escaped(socketDirectory))' port=\(Self.port) user=pgtrawl dbname=pgtrawl"
  }

  /// The same as a URI.
  public var url: String {
    var host = ""
    for byte in socketDirectory.utf8 {
      if Self.isUnreserved(byte) {
        host.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        host += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return "postgresql://pgtrawl@/pgtrawl?host=\(host)&port=\(Self.port)"
  }

  private static func usualDirectory(
    _ environment: [String: String], userID: UInt32
  ) throws(EmbeddedStoreError) -> String {
    if userID == 0 { return "/var/lib/pgtrawl" }
    // A relative path is to be ignored, says the specification.
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/pgtrawl" }
    if let home = environment["HOME"], home.hasPrefix("/") {
      return home + "/.local/share/pgtrawl"
    }
    throw EmbeddedStoreError(.noDirectory, path: "")
  }

  private static func unprivilegedAccount() throws(EmbeddedStoreError) -> Account {
    for name in ["postgres", "nobody"] {
      if let entry = getpwnam(name), entry.pointee.pw_uid != 0 {
        return Account(
          name: name, userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
      }
    }
    throw EmbeddedStoreError(.noAccount, path: "")
  }

  /// Absolute, without a slash at the end; the server changes its directory.
  private static func absolute(_ path: String) -> String {
    var path = path
    if !path.hasPrefix("/"), let here = getcwd(nil, 0) {
      path = String(cString: here) + "/" + path
      free(here)
    }
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private static func escaped(_ value: String) -> String {
    var result = ""
    for character in value {
      if character == "'" || character == "\\" { result.append("\\") }
      result.append(character)
    }
    return result
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      return true
    default: return false
    }
  }

  /// FNV-1a: the same name for the same directory in every process.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
