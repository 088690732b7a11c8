import QueryShape

/// What was typed behind `pgtrawl import`, before anything is looked up; nil is not typed.
struct LowImportArguments: Equatable {
  var paths: [String] = []
  var source: String?
  var timezones: [String] = []
  var encoding: String?
  var settingsFile: String?
  var samples: SamplePolicy?
  var jobs: Int?
  var isAgain = false
  var isForced = false
  var isDryRun = false
  var isStrict = false
}
