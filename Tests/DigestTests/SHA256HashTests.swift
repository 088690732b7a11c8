import Digest
import Testing

@Suite struct SHA256HashTests {
  /// The examples of FIPS 180-2.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownHashes(text: String, expected: String) {
    let hash = SHA256Hash.of(Array(text.utf8))
    let digits = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(digits == expected)
    #expect(hash.count == SHA256Hash.byteCount)
  }

  @Test func hashesAPartOfAnArray() {
    let bytes = Array("xxabcxx".utf8)
    #expect(SHA256Hash.of(bytes.span.bytes.extracting(2..<5)) == SHA256Hash.of(Array("abc".utf8)))
  }
}
