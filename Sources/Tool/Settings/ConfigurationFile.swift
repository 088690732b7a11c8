internal import Foundation

/// Finds and reads the configuration file.
struct ConfigurationFile {
  let environment: [String: String]
  /// What stands in a file; nil when there is none. Throws for one that can't be read.
  let contents: (String) throws -> String?

  /// Reads from the file system.
  init(environment: [String: String]) {
    self.init(environment: environment) { path in
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      return try String(contentsOfFile: path, encoding: .utf8)
    }
  }

  init(environment: [String: String], contents: @escaping (String) throws -> String?) {
    self.environment = environment
    self.contents = contents
  }

  /// Where `pgtrawl.toml` is looked for when none is named: the user's directory, then those of the
  /// system, by the XDG rules. The first that exists counts.
  var usualPaths: [String] {
    var folders: [String] = []
    if let home = value("XDG_CONFIG_HOME") {
      folders.append(home)
    } else if let home = value("HOME") {
      folders.append(home + "/.config")
    }
    folders += (value("XDG_CONFIG_DIRS") ?? "/etc/xdg").split(separator: ":").map(String.init)
    return folders.map { $0 + "/pgtrawl/pgtrawl.toml" } + ["/etc/pgtrawl.toml"]
  }

  /// The configuration of `path`, of PGTRAWL_CONFIG, or of the usual places; empty without a file.
  ///
  /// A file that is named has to exist. Throws `configuration`.
  func read(named path: String?) throws(ToolError) -> Configuration {
    if let path = path ?? value("PGTRAWL_CONFIG") {
      guard let text = try text(path) else {
        throw ToolError(
          .configuration, path, "there is no such configuration file",
          next: "Check --config and PGTRAWL_CONFIG")
      }
      return try ConfigurationReader(path: path).read(text)
    }
    for path in usualPaths {
      if let text = try text(path) { return try ConfigurationReader(path: path).read(text) }
    }
    return Configuration()
  }

  private func text(_ path: String) throws(ToolError) -> String? {
    do {
      return try contents(path)
    } catch {
      throw ToolError(
        .configuration, path, "the configuration file can't be read",
        next: "Check its permissions and that it is UTF-8")
    }
  }

  private func value(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
