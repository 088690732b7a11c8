internal import CCrypto

/// AES-256 in counter mode, by libcrypto: the same call hides bytes and shows them again.
///
/// A key may be used for one content only: two contents under one key give each other away. It does
/// not notice what was changed. Thread rule: every call has a context of its own.
public enum KeyedStream {
  /// Length of a key in bytes.
  public static let keyBytes = SHA256Hash.byteCount

  /// `bytes` combined with the key's stream; `key` has `keyBytes` bytes.
  public static func apply(_ key: [UInt8], to bytes: [UInt8]) -> [UInt8] {
    precondition(key.count == keyBytes && bytes.count <= Int(Int32.max), "no key, or too long")
    // Each key is used once, so the counter begins at 0.
    let counter = [UInt8](repeating: 0, count: 16)
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
      let context = EVP_CIPHER_CTX_new()
      defer { EVP_CIPHER_CTX_free(context) }
      var written: Int32 = 0
      // These calls only fail for want of memory, or in a libcrypto without AES.
      precondition(
        context != nil && EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nil, key, counter) == 1
          && EVP_EncryptUpdate(context, output.baseAddress, &written, bytes, Int32(bytes.count))
            == 1,
        "AES failed")
      count = Int(written)
    }
  }
}
