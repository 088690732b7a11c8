import LogModel

/// Reads `error_severity`. The word is in the server's language (lc_messages): those of PostgreSQL's
/// translations are known, for any other the SQLSTATE decides.
enum SeverityWords {
  static func read(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, sqlstate: SQLState
  ) -> Severity? {
    guard end > from else { return nil }
    return english(base, from, end) ?? translated(base, from, end, sqlstate) ?? byState(sqlstate)
  }

  /// Whether the word is one of the untranslated ones. Some translations have the same words.
  static func isEnglish(_ base: UnsafePointer<UInt8>, from: Int, end: Int) -> Bool {
    english(base, from, end) != nil
  }

  @inline(__always)
  private static func english(_ base: UnsafePointer<UInt8>, _ from: Int, _ end: Int) -> Severity? {
    switch base[from] {
    case UInt8(ascii: "L") where matches(base, from, end, "LOG"): .log
    case UInt8(ascii: "E") where matches(base, from, end, "ERROR"): .error
    case UInt8(ascii: "F") where matches(base, from, end, "FATAL"): .fatal
    case UInt8(ascii: "P") where matches(base, from, end, "PANIC"): .panic
    case UInt8(ascii: "W") where matches(base, from, end, "WARNING"): .warning
    case UInt8(ascii: "N") where matches(base, from, end, "NOTICE"): .notice
    case UInt8(ascii: "I") where matches(base, from, end, "INFO"): .info
    // DEBUG1 to DEBUG5 in other places of PostgreSQL, DEBUG in logs.
    case UInt8(ascii: "D") where Bytes.starts(base, at: from, end: end, with: "DEBUG"): .debug
    default: nil
    }
  }

  @inline(__always)
  private static func matches(
    _ base: UnsafePointer<UInt8>, _ from: Int, _ end: Int, _ word: StaticString
  ) -> Bool {
    end &- from == word.utf8CodeUnitCount && Bytes.starts(base, at: from, end: end, with: word)
  }

  private static func translated(
    _ base: UnsafePointer<UInt8>, _ from: Int, _ end: Int, _ sqlstate: SQLState
  ) -> Severity? {
    // Georgian has one word for WARNING and NOTICE, and only a notice is usually without a state.
    if matches(base, from, end, "გაფრთხილება") {
      return sqlstate == .successfulCompletion ? .notice : .warning
    }
    for (severity, words) in translations {
      for word in words where matches(base, from, end, word) { return severity }
    }
    return nil
  }

  /// The words of PostgreSQL's translations where they are not the English ones, older
  /// wordings included; what is a notice in one language and a warning in another fails nothing.
  private static let translations: [(Severity, [StaticString])] = [
    (
      .log,
      [
        "LOGG", "СООБЩЕНИЕ", "DZIENNIK", "ЗАПИСУВАННЯ", "日志", "로그", "日誌", "記錄",
        "ჟურნალი", "JOURNAL", "REGISTRO", "ログ",
      ]
    ),
    (
      .warning,
      [
        "WARNUNG", "ATTENTION", "ADVERTENCIA", "ATTENZIONE", "AVISO", "ПРЕДУПРЕЖДЕНИЕ",
        "ПОПЕРЕДЖЕННЯ", "OSTRZEŻENIE", "VAROVÁNÍ", "VARNING", "UYARI", "警告", "경고",
        "AVERTISSEMENT",
      ]
    ),
    (
      .notice,
      [
        "HINWEIS", "NOTIFICA", "NOTA", "ЗАМЕЧАНИЕ", "ПОВІДОМЛЕННЯ", "UWAGA", "UPOZORNĚNÍ",
        "POZNÁMKA", "NOTIS", "NOT", "注意", "通知", "알림", "NOTIFICAÇÃO",
      ]
    ),
    (
      .info,
      [
        "ИНФОРМАЦИЯ", "ІНФОРМАЦІЯ", "INFORMACJA", "BİLGİ", "信息", "資訊", "정보",
        "ინფორმაცია", "情報", "INFORMAÇÃO",
      ]
    ),
    (
      .debug,
      [
        "ОТЛАДКА", "НАЛАГОДЖЕННЯ", "DEPURAÇÃO", "DEPURACIÓN", "LADĚNÍ", "调试", "除錯", "디버그",
        "გამართვა", "デバッグ",
      ]
    ),
    (
      .error,
      [
        "FEHLER", "ERREUR", "ERRORE", "ERRO", "ОШИБКА", "ПОМИЛКА", "BŁĄD", "CHYBA", "FEL", "HATA",
        "错误", "錯誤", "오류", "შეცდომა", "エラー",
      ]
    ),
    (
      .fatal,
      [
        "FATALE", "ВАЖНО", "ФАТАЛЬНО", "KATASTROFALNY", "FATÁLNÍ", "FATALT", "ÖLÜMCÜL (FATAL)",
        "ÖLÜMCÜL", "致命错误",
        "嚴重錯誤", "치명적오류", "ფატალური",
      ]
    ),
    (
      .panic,
      [
        "PANIK", "PANICO", "PÂNICO", "ПАНИКА", "ПАНІКА", "PANIKA", "KRİTİK", "比致命错误还过分的错误",
        "손상", "პანიკა",
      ]
    ),
  ]

  private static let adminClass = SQLState("57P01").classCode

  private static func byState(_ sqlstate: SQLState) -> Severity {
    if sqlstate.classCode == SQLState.successfulCompletion.classCode { return .log }
    if sqlstate.classCode == SQLState("01000").classCode { return .warning }
    if sqlstate.classCode == SQLState("02000").classCode { return .notice }
    let isEndOfSession =
      sqlstate.classCode == adminClass && sqlstate != SQLState("57014")
    return isEndOfSession ? .fatal : .error
  }
}
