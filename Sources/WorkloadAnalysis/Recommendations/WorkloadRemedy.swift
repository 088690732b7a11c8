/// What to do about what rules find of executions, for those rules about which something can be done.
public enum WorkloadRemedy {
  /// The remedy by the rule's id.
  public static let byRule: [String: String] = [
    "n-plus-one": "Ask for all rows at once: a join, or = ANY ($1) with a list of keys.",
    "repeat-identical": "Keep the answer for a moment: the same is asked again and again.",
    "planning-share":
      "Prepare the statement once and keep it, or plan less: fewer partitions and joins.",
    "lock-waits": "Shorten the transactions that hold these locks, and take locks in one order.",
    "temp-growth": "Sort and hash less, or raise work_mem for this query alone (SET LOCAL).",
    "error-rate": "Find out what fails: the errors stand in query_samples with their statements.",
    "deadlock": "Lock rows in one order everywhere, and keep the transactions short.",
    "timeout": "Make it faster or split it: what times out has cost its time for nothing.",
    "parameter-sensitive": "Serve the slow values with a query, or a partial index, of their own.",
    "generic-vs-custom": "Set plan_cache_mode for this statement or role.",
    "idle-in-transaction":
      "Commit before the program waits: open transactions hold locks and dead rows.",
    "long-transaction": "Split the transaction: while it is open no dead row can be removed.",
    "cron-collision": "Move the periodic job to another minute than everything else.",
  ]
}
