/// A request that is not answered with data, as a problem of RFC 9457.
public struct APIError: Error, Sendable, Equatable {
  /// HTTP's status.
  public var status: Int
  /// The last part of the problem's type, as `invalid-parameter`.
  public var kind: String
  /// What it is, the same for each of its kind.
  public var title: String
  /// What it is this time, and what to do.
  public var detail: String
  /// The parameter at fault.
  public var parameter: String?

  /// A problem by its parts.
  public init(
    status: Int, kind: String, title: String, detail: String, parameter: String? = nil
  ) {
    self.status = status
    self.kind = kind
    self.title = title
    self.detail = detail
    self.parameter = parameter
  }

  /// A parameter that is not what it has to be; `what` ends the sentence "sort …".
  static func parameter(_ name: String, _ what: String) -> Self {
    Self(
      status: 400, kind: "invalid-parameter", title: "A parameter can't be read",
      detail: "\(name) \(what).", parameter: name)
  }

  /// There is nothing of that name.
  public static func missing(_ what: String) -> Self {
    Self(status: 404, kind: "not-found", title: "There is no such thing", detail: what)
  }

  /// The problem as application/problem+json.
  public var json: String {
    var text = "{\"type\":\"urn:pgtrawl:problem:\(kind)\",\"title\":\(JSONText.quoted(title)),"
    text += "\"status\":\(status),\"detail\":\(JSONText.quoted(detail))"
    if let parameter { text += ",\"parameter\":\(JSONText.quoted(parameter))" }
    return text + "}"
  }
}
