/// One row of `sources`: a server whose logs are read, and what reading them needs.
public struct LogServer: Sendable, Equatable {
  /// `sources.id`
  public var id: Int32
  /// Name that the user gave.
  public var name: String
  /// Zones by whose rules the log's abbreviations are read, most wanted first.
  public var timezones: [String]
  /// Encoding of bytes that are no UTF-8.
  public var encoding: String

  /// A source by its parts.
  public init(id: Int32, name: String, timezones: [String], encoding: String) {
    self.id = id
    self.name = name
    self.timezones = timezones
    self.encoding = encoding
  }
}

/// One row of `source_settings`: a PostgreSQL setting of a source from a moment on.
public struct ServerSetting: Sendable, Equatable {
  /// How the setting became known.
  public enum Origin: String, Sendable { case file, log }

  /// Name, as `log_min_duration_statement`.
  public var name: String
  /// Value as pg_settings has it; nil is NULL there.
  public var setting: String?
  /// Unit as pg_settings has it, as `ms`; nil for none.
  public var unit: String?
  /// Microseconds since the Unix epoch; nil = as far back as anything is known.
  public var validFromMicros: Int64?
  /// How it became known.
  public var origin: Origin

  /// A setting by its parts.
  public init(
    name: String, setting: String?, unit: String?, validFromMicros: Int64?, origin: Origin
  ) {
    self.name = name
    self.setting = setting
    self.unit = unit
    self.validFromMicros = validFromMicros
    self.origin = origin
  }
}
