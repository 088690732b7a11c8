/// Cuts texts that are stored.
enum TextLimit {
  /// At most `bytesMax` bytes of `text`, cut before a UTF-8 sequence rather than within one.
  static func cut(_ text: [UInt8], to bytesMax: Int) -> [UInt8] {
    guard text.count > bytesMax else { return text }
    var end = bytesMax
    // A sequence has three bytes of continuation at most.
    while end > bytesMax - 3, end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(text[..<end])
  }
}
