internal import LogModel

extension Dispositions {
  mutating func add(_ other: Dispositions) {
    executionRecords += other.executionRecords
    executionBytes += other.executionBytes
    planRecords += other.planRecords
    planBytes += other.planBytes
    eventRecords += other.eventRecords
    eventBytes += other.eventBytes
    openRecords += other.openRecords
    openBytes += other.openBytes
    rejectedRecords += other.rejectedRecords
    rejectedBytes += other.rejectedBytes
  }

  var records: Int64 {
    executionRecords + planRecords + eventRecords + openRecords + rejectedRecords
  }
}
