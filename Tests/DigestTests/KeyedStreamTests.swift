import Digest
import Testing

@Suite struct KeyedStreamTests {
  /// NIST SP 800-38A, F.5.5, has another counter; this is AES-256 of the block 0 under the key 0.
  @Test func theStreamIsThatOfAES() {
    let stream = KeyedStream.apply(
      .init(repeating: 0, count: 32), to: .init(repeating: 0, count: 16))
    let hex = stream.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == "dc95c078a2408989ad48a21492842087")
  }

  @Test(arguments: [0, 1, 15, 16, 17, 32768])
  func twiceIsNothing(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let key = SHA256Hash.of([1, 2, 3])
    let hidden = KeyedStream.apply(key, to: bytes)
    #expect(hidden.count == count)
    #expect(count < 15 || hidden != bytes)
    #expect(KeyedStream.apply(key, to: hidden) == bytes)
    #expect(count < 15 || KeyedStream.apply(SHA256Hash.of([1, 2, 4]), to: hidden) != bytes)
  }
}
