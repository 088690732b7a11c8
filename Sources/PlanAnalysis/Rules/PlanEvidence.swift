/// What a plan was logged with; rules need some of it.
struct PlanEvidence: OptionSet, Sendable {
  let rawValue: UInt8

  static let analyze = PlanEvidence(rawValue: 1)
  static let timing = PlanEvidence(rawValue: 2)
  static let buffers = PlanEvidence(rawValue: 4)
  static let verbose = PlanEvidence(rawValue: 8)
  static let settings = PlanEvidence(rawValue: 16)
  static let queryText = PlanEvidence(rawValue: 32)
  static let ioTimes = PlanEvidence(rawValue: 64)
}
