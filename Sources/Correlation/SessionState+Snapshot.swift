import LogModel

extension SessionState {
  /// The state as the store holds it, which is then what it replaces.
  mutating func snapshot() -> SessionSnapshot {
    var snapshot = SessionSnapshot(
      session: session, firstLine: firstLine, firstFile: firstFile, lastLine: lastLine,
      storedLastLine: storedLastLine, lastTime: lastTime, missingLines: missingLines,
      state: encoded(), texts: texts, openRecords: Int32(pending.count - endedEvents.count),
      isOver: isClosed && !isLeftUnknown)
    snapshot.firstTime = firstTime
    snapshot.isClosed = isClosed
    snapshot.ends = ends
    snapshot.storedEnds = storedEnds
    if let head, isHeadNew {
      snapshot.head = head.encoded()
      headTexts = head.texts
      // It does not change any more, and stands in the store.
      if head.isComplete { self.head = nil }
    }
    isHeadNew = false
    let known = Set(snapshot.texts)
    snapshot.texts += headTexts.filter { !known.contains($0) }
    storedLastLine = lastLine
    storedEnds = ends
    return snapshot
  }
}
