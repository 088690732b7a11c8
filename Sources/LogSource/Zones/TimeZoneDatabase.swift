public import LogModel
internal import Synchronization

/// The time zone database of the system (TZif files), which says what zone words of a log mean.
///
/// A word is decided by the first of these that knows it: its own form (`UTC`, `+05:30`), the zones
/// that were configured, in their order and with the rules of that local time, and the whole
/// database as it was used since 1996, if all of it agrees. Nothing is guessed. Files are read when
/// a word asks for them.
public final class TimeZoneDatabase: ZoneResolving {
  private struct ConfiguredZone: Sendable {
    var name: String
    var periods: [String: [ZoneInformation.Period]]
  }

  /// Where a word is in use: zones by offset.
  typealias Usage = [Int: [String]]

  private let files: ZoneFiles
  private let configured: [ConfiguredZone]
  // Empty until a word is met that no configured zone decides.
  private let usages = Mutex<[String: Usage]?>(nil)

  /// A database in `directory` (nil: `$TZDIR`, else /usr/share/zoneinfo) under the zones that were
  /// configured. Throws `unknownTimeZone`, `damagedTimeZone`, and `noTimeZoneDatabase` when zones
  /// were configured and there is none.
  public init(directory: LogPath? = nil, zones: [String] = []) throws(LogSourceError) {
    files = ZoneFiles(directory: directory ?? ZoneFiles.systemDirectory())
    var configured: [ConfiguredZone] = []
    for name in zones {
      let zone = try files.zone(named: name)
      configured.append(
        ConfiguredZone(name: name, periods: Dictionary(grouping: zone.periods, by: \.abbreviation)))
    }
    self.configured = configured
  }

  /// The meaning of a zone word at a local time. A local hour that a zone had twice under the
  /// same word is `repeated`.
  public func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning {
    if let offset = ZoneWord.fixedOffset(word) { return .offset(seconds: offset) }
    for zone in configured {
      if let meaning = Self.meaning(of: word, localSeconds: localSeconds, zone) { return meaning }
    }
    return Self.meaning(usage(of: word))
  }

  private static func meaning(
    of word: String, localSeconds: Int64, _ zone: ConfiguredZone
  ) -> ZoneMeaning? {
    guard let uses = zone.periods[word] else { return nil }
    let offsets = Set(uses.filter { $0.contains(localSeconds: localSeconds) }.map(\.offset))
    if offsets.count == 2, let first = offsets.max(), let second = offsets.min() {
      return .repeated(first: first, second: second)
    }
    if offsets.count > 1 {
      return .ambiguous(offsets.sorted().map { "\(zone.name) (\(ZoneWord.text(offset: $0)))" })
    }
    if let offset = offsets.first { return .offset(seconds: offset) }
    // The zone has the word, but not then (summer time in winter): as it was at the nearest time.
    return uses.min {
      $0.distance(localSeconds: localSeconds) < $1.distance(localSeconds: localSeconds)
    }.map { .offset(seconds: $0.offset) }
  }

  private static func meaning(_ usage: Usage) -> ZoneMeaning {
    guard let offset = usage.keys.first else { return .unknown }
    guard usage.count > 1 else { return .offset(seconds: offset) }
    let examples = usage.keys.sorted().compactMap { offset in
      usage[offset]?.first.map { "\($0) (\(ZoneWord.text(offset: offset)))" }
    }
    return .ambiguous(Array(examples.prefix(4)))
  }

  /// Zones with the word by offset, the best known of each offset first.
  private func usage(of word: String) -> Usage {
    usages.withLock { usages in
      let all = usages ?? files.usages()
      usages = all
      return all[word] ?? [:]
    }
  }
}
