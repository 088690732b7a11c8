internal import LogModel

extension LogReader {
  /// The CRC-32 of all before `offset`, where one of the candidates ends there and the input goes on
  /// like it from the candidate's point: then not all of it is inflated.
  func resumedCRC(
    _ candidates: [Generation], at offset: Int64, _ facts: InputFacts, _ source: DecodedInput
  ) throws(LogSourceError) -> UInt32? {
    for generation in candidates
    where generation.committedOffset == offset && IdentityRules.headMatches(generation, facts) {
      guard let resumed = try resume(generation, facts.head, source) else { continue }
      trail = resumed
      return resumed.crc
    }
    return nil
  }

  /// Goes to the committed offset of a generation from its point, and gives the trail up to there. Nil,
  /// and the input is at its start, when it has no point, or one that is not of this content: the bytes
  /// before the point as stored, and those before the offset as decompressed, have to be the same, as
  /// have the first ones. `head` are those of the input.
  func resume(
    _ generation: Generation, _ head: [UInt8], _ source: DecodedInput
  ) throws(LogSourceError) -> ContentTrail? {
    let mark = generation.mark
    guard let point = generation.point, point.offset <= generation.committedOffset,
      head.count >= mark.headLength
    else { return nil }
    let window = try source.resume(at: point)
    var isThere = window != nil
    var tail = Array((window ?? []).suffix(ContentTrail.edgeBytesMax))
    while isThere, source.position < generation.committedOffset {
      if Task.isCancelled { throw LogSourceError(code: .cancelled, path: input.path) }
      let count = min(Int64(LogBlock.bytesMax), generation.committedOffset - source.position)
      let bytes = try source.read(upTo: Int(count))
      isThere = !bytes.isEmpty
      tail = (tail + bytes.suffix(ContentTrail.edgeBytesMax)).suffix(ContentTrail.edgeBytesMax)
    }
    if isThere, tail.count >= mark.anchorLength,
      let trail = ContentTrail(
        continuing: generation, head: Array(head.prefix(mark.headLength)),
        anchor: Array(tail.suffix(mark.anchorLength)))
    {
      return trail
    }
    try restart(source)
    return nil
  }
}
