/// Makes csvlog records as PostgreSQL writes them, for tests that need a certain one.
public struct CSVLogLine: Sendable {
  /// Seconds after 2026-11-24 12:00:00.
  public var seconds = 0.0
  /// Zone word.
  public var zone = "UTC"
  /// Session id.
  public var session = "6b049016.6783"
  /// Session line.
  public var line = 1
  /// Command tag.
  public var tag = "SELECT"
  /// Virtual transaction id.
  public var vxid = "3/10"
  /// Severity.
  public var severity = "LOG"
  /// SQLSTATE.
  public var sqlstate = "00000"
  /// Message.
  public var message = ""
  /// Detail; nil = none.
  public var detail: String?
  /// Context; nil = none.
  public var context: String?
  /// STATEMENT; nil = none.
  public var statement: String?
  /// Backend type.
  public var backend = "client backend"
  /// Whether it has a user and a database.
  public var isClient = true
  /// Query id.
  public var queryID: Int64 = 0
  /// 23 (up to 12), 24 (13) or 26 columns (14 and later).
  public var columns = 26

  /// A record with a message.
  public init(_ message: String, line: Int = 1, configure: (inout CSVLogLine) -> Void = { _ in }) {
    self.message = message
    self.line = line
    seconds = Double(line) / 1000
    configure(&self)
  }

  /// A server's start, as its postmaster logs it; the default session began after those of all fixtures.
  public static func serverStart(session: String = "7fffffff.1") -> CSVLogLine {
    CSVLogLine("starting PostgreSQL 15.1") {
      $0.session = session
      $0.isClient = false
      $0.backend = "postmaster"
      $0.tag = ""
    }
  }

  /// The record with its newline.
  public var text: String {
    let whole = Int(seconds)
    let stamp =
      "2026-11-24 \(12 + whole / 3600):\(Self.two(whole / 60 % 60)):\(Self.two(whole % 60))"
    let millis = Int((seconds * 1000).rounded()) % 1000
    let time = stamp + "." + String(repeating: "0", count: 3 - "\(millis)".count) + "\(millis)"
    let quote = Self.quoted
    let pid = "\(Int(session.split(separator: ".").last ?? "0", radix: 16) ?? 0)"
    let fields = [
      "\(time) \(zone)", isClient ? quote("app") : "", isClient ? quote("shop") : "", pid,
      quote("[local]"), session, "\(line)",
      quote(tag), "2026-11-24 12:00:00 \(zone)", vxid, "0", severity, sqlstate, quote(message),
      quote(detail), "", "", "", quote(context), quote(statement), "", "", quote("test"),
      quote(backend), "", "\(queryID)",
    ]
    return fields.prefix(columns).joined(separator: ",") + "\n"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func quoted(_ text: String?) -> String {
    guard let text else { return "" }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
