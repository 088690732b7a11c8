internal import Foundation
import LanguageModel

/// Which language model `recommend` asks; there is none unless someone names one.
struct ModelSettings {
  let layers: Layers

  /// The endpoint and its key, which is in the endpoint too. Flags over variables over the file.
  ///
  /// Throws `usage`; no message has the key in it.
  func endpoint(
    url: String?, model: String?, keyFile: String?
  ) throws(ToolError) -> (endpoint: ModelEndpoint, key: String?) {
    let configuration = layers.configuration
    guard let url = url ?? layers.variable("MODEL_URL") ?? configuration.modelURL,
      let model = model ?? layers.variable("MODEL") ?? configuration.model
    else {
      throw ToolError(
        .usage, "recommend", "no language model is configured, and none is asked unless one is",
        next: "Name an endpoint with --model-url or PGTRAWL_MODEL_URL, as "
          + "http://127.0.0.1:11434/v1, and a model with --model or PGTRAWL_MODEL")
    }
    let key = try key(file: keyFile)
    do throws(ModelEndpoint.Fault) {
      return (try ModelEndpoint(baseURL: url, model: model, key: key), key)
    } catch {
      throw Self.message(error)
    }
  }

  private func key(file: String?) throws(ToolError) -> String? {
    if file == nil, let key = layers.variable("MODEL_KEY") { return key }
    guard
      let path = file ?? layers.variable("MODEL_KEY_FILE") ?? layers.configuration.modelKeyFile
    else { return nil }
    let mode = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)[.posixPermissions]
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let mode = mode as? NSNumber
    else {
      throw ToolError(
        .usage, path, "the file with the model's key can't be read",
        next: "Check its path and permissions")
    }
    guard mode.intValue & 0o007 == 0 else {
      throw ToolError(
        .usage, path, "everybody can read the model's key there", next: "chmod 600 it")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func message(_ fault: ModelEndpoint.Fault) -> ToolError {
    switch fault {
    case .notAURL:
      ToolError(
        .usage, "--model-url", "it is no http or https URL with a host",
        next: "As in http://127.0.0.1:11434/v1")
    case .extraParts:
      ToolError(
        .usage, "--model-url", "a user, a password, a query or a fragment has no place in it",
        next: "Keys come from PGTRAWL_MODEL_KEY or a file")
    case .keyInTheClear:
      ToolError(
        .usage, "--model-url", "the key would go over the network in the clear",
        next: "Use https, or no key")
    case .badKey:
      ToolError(
        .usage, "the model's key",
        "it is empty, too long, or has characters that no header can carry",
        next: "Write it into the file alone")
    case .badModel:
      ToolError(
        .usage, "--model", "a model's name has 1 to 200 characters of ASCII",
        next: "Name it as the endpoint does")
    }
  }
}
