internal import Foundation
import LogStore
internal import SQLText

/// A CSV of pg_settings with a header: the columns `name`, `setting` and, if it is there, `unit`.
enum SettingsFile {
  /// The settings in `text`, without credentials. Throws `usage`.
  static func read(_ text: String, path: String) throws(ToolError) -> [ServerSetting] {
    let next = "Make it with psql --csv -c 'SELECT * FROM pg_settings'"
    guard let records = CSVRecords.read(text), let header = records.first,
      let name = header.firstIndex(of: "name"), let setting = header.firstIndex(of: "setting")
    else {
      throw ToolError(
        .usage, path, "it is no CSV with the columns name and setting", next: next)
    }
    let unit = header.firstIndex(of: "unit")
    var settings: [ServerSetting] = []
    for (index, record) in records.dropFirst().enumerated() {
      guard record.count == header.count else {
        throw ToolError(
          .usage, path,
          "record \(index + 2) has \(record.count) fields, the header has \(header.count)",
          next: next)
      }
      let its = unit.map { record[$0] } ?? ""
      settings.append(
        ServerSetting(
          name: record[name],
          setting: CredentialScrubber.scrubSetting(name: record[name], value: record[setting]),
          unit: its.isEmpty ? nil : its,
          validFromMicros: nil, origin: .file))
    }
    return settings
  }

  /// The settings in the file `path`, without credentials. Throws `usage`.
  static func read(at path: String) throws(ToolError) -> [ServerSetting] {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw ToolError(
        .usage, path, "the settings file can't be read",
        next: "Check that it is there, its permissions, and that it is UTF-8")
    }
    return try read(text, path: path)
  }

  /// Stores the settings in the file `path` as those of `source`.
  static func record(_ path: String, source: String, conninfo: String) async throws {
    let settings = try read(at: path)
    let store = Store(conninfo: conninfo, schemaCheck: StoreAccess.schemaCheck)
    guard let its = try await store.source(source, creating: true) else { return }
    try await store.record(settings: settings, ofSource: its.id)
    await store.close()
  }
}
