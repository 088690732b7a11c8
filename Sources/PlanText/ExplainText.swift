/// The text form of EXPLAIN, made from its JSON form.
///
/// Keys may come in any order, as from `jsonb`. What the text form leaves out is left out; a key that
/// is not known (of a newer server, of an extension) is kept as `Key: value`.
public enum ExplainText {
  /// The text of the plan in `json`, UTF-8: one document as auto_explain writes it, or an array of
  /// them as EXPLAIN does. Lines end with a newline. Control characters of names and expressions
  /// are in the text as they are in the plan.
  ///
  /// - Parameter showsQuery: whether `Query Text` and `Query Parameters` come first.
  public static func render(
    json: [UInt8], showsQuery: Bool = true
  ) throws(PlanTextError) -> String {
    let root = try JSONDocument(json).root
    let documents = root.kind == .array ? root.elements : [root]
    var text = ""
    for document in documents {
      text += try render(document, showsQuery: showsQuery)
    }
    return text
  }

  private static func render(
    _ document: JSONValue, showsQuery: Bool
  ) throws(PlanTextError) -> String {
    var fields = Fields(document)
    guard let plan = fields.take("Plan"), plan.kind == .object else {
      throw PlanTextError(code: .noPlan, offset: 0)
    }
    let isVerbose = plan.document.isVerbose
    var writer = NodeWriter(isVerbose: isVerbose)
    for key in ["Query Text", "Query Parameters"] {
      guard let value = fields.take(key), showsQuery else { continue }
      writer.lines.property(key, value)
    }
    writer.add(plan)
    SummaryLines.add(&fields, isVerbose: isVerbose, to: &writer.lines)
    return writer.lines.text
  }
}
