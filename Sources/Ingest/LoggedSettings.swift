internal import LogModel
internal import LogStore
internal import SQLText

/// What a log itself says of its server's settings: changes that a reload brought, and the version
/// of a server that starts.
///
/// Only the postmaster writes such records. A statement can write the same words (RAISE LOG), but
/// its record has a user, and a context or a statement.
enum LoggedSettings {
  /// The settings that the records of a batch tell, in their order, valid from their log time.
  static func of(_ batch: FactBatch) -> [ServerSetting] {
    batch.bytes.withUnsafeBufferPointer { bytes in
      batch.events.compactMap { event in
        guard event.severity == .log, event.text.isNone, event.contextText.isEmpty,
          let setting = setting(in: bytes[event.message.indices.clamped(to: bytes.indices)]),
          isOfServer(event.context, batch, bytes)
        else { return nil }
        return ServerSetting(
          name: setting.name, setting: setting.value, unit: nil,
          validFromMicros: event.occurredAt.microseconds, origin: .log)
      }
    }
  }

  private static func isOfServer(
    _ id: Int64, _ batch: FactBatch, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard let context = batch.contexts.first(where: { $0.id == id }) else { return false }
    // Before 13 the log does not have the kind of process.
    return context.user.isEmpty && context.database.isEmpty
      && (context.backendType.isEmpty
        || bytes[context.backendType.indices].elementsEqual("postmaster".utf8))
  }

  private static func setting(
    in message: Slice<UnsafeBufferPointer<UInt8>>
  ) -> (name: String, value: String?)? {
    if message.starts(with: "parameter \"".utf8) { return change(message.dropFirst(11)) }
    guard message.starts(with: "starting PostgreSQL ".utf8) else { return nil }
    return version(message.dropFirst(20)).map { ("server_version_num", String($0)) }
  }

  /// `log_duration" changed to "on"`, or `… removed from configuration file, reset to default`: the
  /// default is not in the log.
  private static func change(
    _ rest: Slice<UnsafeBufferPointer<UInt8>>
  ) -> (name: String, value: String?)? {
    let quote = UInt8(ascii: "\"")
    guard let end = rest.firstIndex(of: quote) else { return nil }
    let name = String(decoding: rest[..<end], as: UTF8.self)
    let tail = rest[(end + 1)...]
    if tail.elementsEqual(" removed from configuration file, reset to default".utf8) {
      return (name, nil)
    }
    let words = " changed to \"".utf8
    guard !name.isEmpty, tail.starts(with: words), tail.last == quote,
      tail.count > words.count
    else { return nil }
    return (name, value(tail.dropFirst(words.count).dropLast(), of: name))
  }

  private static func value(_ text: Slice<UnsafeBufferPointer<UInt8>>, of name: String) -> String {
    CredentialScrubber.scrubSetting(name: name, value: String(decoding: text, as: UTF8.self))
  }

  /// `15.4 (Debian …` as 150004, `9.6.24` as 90624, `18beta1` as 180000.
  private static func version(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let parts = text.prefix(20).prefix { digits.contains($0) || $0 == UInt8(ascii: ".") }
      .split(separator: UInt8(ascii: "."))
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    guard let major = parts.first, major > 0, parts.allSatisfy({ $0 < 10_000 }) else { return nil }
    let minor = parts.dropFirst().first ?? 0
    guard major < 10 else { return major * 10_000 + minor }
    return major * 10_000 + minor * 100 + (parts.dropFirst(2).first ?? 0)
  }
}
