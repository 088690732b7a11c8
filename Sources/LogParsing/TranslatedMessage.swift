/// Tells messages of other languages: durations and statements as PostgreSQL's translations write
/// them. They are not read, only noticed, so that someone can be told.
enum TranslatedMessage {
  /// Whether `[from, end)` begins like a translated `duration: ` or `statement: `.
  static func matches(_ base: UnsafePointer<UInt8>, from: Int, end: Int) -> Bool {
    for word in statements where Bytes.starts(base, at: from, end: end, with: word) { return true }
    for word in durations where Bytes.starts(base, at: from, end: end, with: word) {
      // Milliseconds, always with three decimals behind a dot.
      let digits = from + word.utf8CodeUnitCount
      let dot = Bytes.find(UInt8(ascii: "."), base, from: digits, end: min(end, digits + 20))
      return dot > digits && dot + 5 <= end && base[dot + 4] == UInt8(ascii: " ")
        && Bytes.decimal(base, from: digits, end: dot) != nil
        && Bytes.decimal(base, from: dot + 1, end: dot + 4) != nil
    }
    return false
  }

  // The words of the server's message catalogs.
  private static let durations: [StaticString] = [
    "Dauer: ", "duración: ", "durée : ", "durata: ", "期間: ", "ხანგრძლივობა: ", "실행시간: ",
    "продолжительность: ", "varaktighet ", "varaktighet: ", "тривалість: ", "执行时间: ",
    "czas trwania: ", "duração: ", "süre: ", "doba trvání: ",
  ]
  private static let statements: [StaticString] = [
    "Anweisung: ", "sentencia: ", "instruction : ", "istruzione: ", "文: ", "ოპერატორი: ",
    "명령 구문: ", "оператор: ", "sats: ", "语句: ", "wyrażenie: ", "comando: ", "deyim: ",
    "dotaz: ", "příkaz: ",
  ]
}
