import SQLText

/// Runs `body` on the bytes of a text.
func withBytes<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
  Array(text.utf8).withUnsafeBufferPointer(body)
}

/// The canonical text as a string.
func canonical(_ text: String) -> String {
  withBytes(text) { String(decoding: SQLText.canonical($0).bytes, as: UTF8.self) }
}

/// A small generator with a seed: equal runs give equal texts.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
