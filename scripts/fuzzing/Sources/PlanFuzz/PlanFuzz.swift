internal import FuzzSupport
@testable internal import LogParsing
internal import LogModel
internal import PlanText
internal import SQLText

/// Plan reader: the input is what auto_explain wrote behind `plan:`. Only UTF-8 without NUL comes
/// this far, so the input is made so.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: start, count: count)
  let bytes = Array(String(decoding: input, as: UTF8.self).utf8.filter { $0 != 0 })
  // Ends with the plan, so that a read behind it is noticed.
  let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
  defer { memory.deallocate() }
  _ = memory.initialize(from: bytes)
  let plan = UnsafeBufferPointer(memory)
  guard let base = plan.baseAddress else { return 0 }
  var rewritten: [UInt8] = []
  let answer = PlanReader.read(
    base, from: 0, end: plan.count, rewritten: &rewritten, rewrittenBase: plan.count)
  if let query = answer.queryText {
    require(
      query.upperBound <= plan.count
        || query.lowerBound >= plan.count
          && query.upperBound <= plan.count + rewritten.count,
      "the query's text stands outside")
    let text = Array((bytes + rewritten)[query])
    require(String(validating: text, as: UTF8.self) != nil, "the query is no UTF-8")
    if answer.facts.fitsJSONB { sameQuery(text, bytes) }
  }
  acceptedIsJSON(answer.facts, bytes)
  rewritesStayPlans(answer.facts, plan)
  return 0
}

private func sameQuery(_ text: [UInt8], _ bytes: [UInt8]) {
  let expected = jsonString(bytes, key: "Query Text")
  require(expected.map { Array($0.utf8) } == text, "the query of \(readable(bytes))")
}

private func acceptedIsJSON(_ facts: PlanFacts, _ bytes: [UInt8]) {
  if facts.fitsJSONB {
    require(facts.unfitReason.utf8CodeUnitCount == 0, "fits, with a reason")
    require(isJSON(bytes), "no JSON was accepted: \(readable(bytes))")
  } else {
    require(facts.unfitReason.utf8CodeUnitCount > 0, "does not fit, without a reason")
  }
  do {
    _ = try ExplainText.render(json: bytes)
  } catch {
    require(!facts.fitsJSONB || error.code == .noPlan, "\(error): \(readable(bytes))")
  }
}

/// A valid document stays one.
private func rewritesStayPlans(_ facts: PlanFacts, _ plan: UnsafeBufferPointer<UInt8>) {
  let redacted = LiteralRedactor.redactPlan(plan, facts.format)
  require(
    !facts.fitsJSONB || isJSON(redacted),
    "redacting breaks \(readable(plan)): \(readable(redacted))")
  let scrubbed = CredentialScrubber.scrubPlan(plan, facts.format, isValid: facts.fitsJSONB)
  guard let scrubbed else { return }
  require(!facts.fitsJSONB || isJSON(scrubbed), "scrubbing breaks \(readable(plan))")
}
