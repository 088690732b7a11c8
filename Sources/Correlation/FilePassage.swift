import LogModel

/// How far a session got in the file that its latest records stand in.
///
/// What is open when a file ends may be ended by the next file's first records, and only by them: as
/// soon as these show that nothing of before is left, or when they are many, everything from before
/// the file is settled. From there on the session's state is the same whether the files before were
/// read or not, and in this file's first records, its *head*, lies all that they can change.
struct FilePassage: Sendable {
  /// Records of a head at most.
  static let headMax = 64

  /// The file.
  var file: Int64
  /// Nothing from before the file is open any more.
  var isSettled: Bool
  /// Records of the head.
  var records = 0
  /// The first local transaction id of the head; 0 = none yet.
  var transaction: UInt32 = 0
  /// An event says already that log times of the session are out of bounds in the file.
  var reportsOutlier = false
  /// Text of the latest plan of a message of several statements.
  var message = TextKey.none
  /// Bytes of the file before the session's latest record that no record could be read from.
  var rejectedBytes: Int64 = 0

  init(file: Int64, isSettled: Bool) {
    self.file = file
    self.isSettled = isSettled
  }

  /// Whether nothing from before the file can be left when this record comes.
  func settles(before record: Observation) -> Bool {
    if records >= Self.headMax { return true }
    guard record.transaction != 0, transaction != 0, record.transaction != transaction else {
      return false
    }
    // A message of several statements can have several transactions.
    return record.role != .plan || record.statements < 2 || record.message != message
  }

  mutating func count(_ record: Observation) {
    records += 1
    if transaction == 0 { transaction = record.transaction }
    message = record.role == .plan && record.statements > 1 ? record.message : .none
  }
}

extension SessionState {
  /// Enters the file of the next record; `isAnew` when lines of another one stood in between.
  mutating func enter(file: Int64, isAnew: Bool = false) {
    guard isAnew || passage.file != file else { return }
    passage = FilePassage(file: file, isSettled: false)
  }

  /// Settles what was open when the file began. Parse and bind records of the file itself can wait
  /// on: they wait in any case.
  mutating func settlePassage(at line: Int64, _ builder: inout BatchBuilder) {
    settleSaid(&builder)
    settleWaiting(before: .max, &builder)
    closeOpen(&builder) { _ in true }
    while let index = pending.firstIndex(where: { $0.key.file != passage.file }) {
      dropPending(at: index, &builder)
    }
    isBound = false
    lastStatementLine = line
    passage.isSettled = true
    passage.records = 0
    passage.transaction = 0
    passage.message = .none
    if head != nil {
      head?.isComplete = true
      isHeadNew = true
    }
  }
}
