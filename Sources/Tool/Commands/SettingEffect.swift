import LogStore

/// What a setting keeps out of the log, and so out of all figures.
enum SettingEffect: Equatable {
  /// Nothing, by itself.
  case none
  /// The sentence says what.
  case partial(String)
  /// The value is not known, so it may be anything.
  case unknown

  init(_ period: SettingPeriod) {
    guard let value = period.value else {
      self = .unknown
      return
    }
    self = Self.text(period.name, value).map { .partial($0) } ?? .none
  }

  /// What people read.
  var sentence: String {
    switch self {
    case .none: "nothing"
    case .partial(let text): text
    case .unknown: "unknown"
    }
  }

  private static func text(_ name: String, _ value: String) -> String? {
    if name.hasPrefix("auto_explain.") { return plans(name, value) }
    switch name {
    case "log_min_duration_statement":
      guard let ms = ServerValue.milliseconds(value), ms != 0 else { return nil }
      return ms < 0
        ? "durations only as far as log_duration or samples give them"
        : "faster statements are not in the log"
    case "log_duration": return nil
    case "log_statement":
      guard value == "ddl" || value == "mod" else { return nil }
      return "other statements are in the log only with a duration"
    case "log_min_duration_sample":
      guard let ms = ServerValue.milliseconds(value), ms >= 0 else { return nil }
      return "statements from there on are in the log by log_statement_sample_rate"
    case "log_statement_sample_rate":
      guard let rate = ServerValue.number(value), rate > 0, rate < 1 else { return nil }
      return "only a sample of what log_min_duration_sample lets through is in the log"
    case "log_transaction_sample_rate":
      guard let rate = ServerValue.number(value), rate > 0, rate < 1 else { return nil }
      return "only a sample of the transactions is in the log whole"
    case "log_parameter_max_length", "log_parameter_max_length_on_error":
      guard let length = ServerValue.number(value), length >= 0 else { return nil }
      let whose = name.hasSuffix("error") ? " of failing statements" : ""
      return length == 0
        ? "parameters\(whose) are not in the log" : "longer parameters\(whose) are cut off"
    default: return nil
    }
  }

  private static func plans(_ name: String, _ value: String) -> String? {
    switch name {
    case "auto_explain.log_min_duration":
      guard let ms = ServerValue.milliseconds(value), ms != 0 else { return nil }
      return ms < 0
        ? "no plans are in the log" : "plans of faster statements are not in the log"
    case "auto_explain.sample_rate":
      guard let rate = ServerValue.number(value), rate < 1 else { return nil }
      return "only a sample of the plans is in the log"
    case "auto_explain.log_analyze" where ServerValue.flag(value) == false:
      return "plans have estimates only"
    case "auto_explain.log_nested_statements" where ServerValue.flag(value) == false:
      return "statements inside functions have no plans"
    case "auto_explain.log_format" where value != "json":
      return "plans are kept as text"
    default: return nil
    }
  }
}

/// The table of the settings that decide what is in the log.
enum SettingTable {
  static func add(_ periods: [SettingPeriod], to document: inout Document) {
    document.add(
      table: [
        .init("source"), .init("setting"), .init("value"), .init("from"), .init("until"),
        .init("origin", isHidden: true),
        .init("missing", "what that keeps out of the log", isElastic: true),
      ],
      periods.map {
        [
          .text($0.source), .text($0.name), .maybe($0.value), .maybe($0.from), .maybe($0.until),
          .maybe($0.origin), .text(SettingEffect($0).sentence),
        ]
      }, name: "settings", title: "Settings that make figures partial, as far as they are known")
  }
}
