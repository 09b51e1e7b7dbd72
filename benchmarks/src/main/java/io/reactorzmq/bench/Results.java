package io.reactorzmq.bench;

import java.util.List;

/**
 * All that a run of the suite gave.
 *
 * @param environment what it was measured on
 * @param rows in their order
 */
record Results(Environment environment, List<RowResult> rows) {

  List<Verdict> verdicts() {
    return Verdict.of(rows, environment.processors());
  }

  /** Whether every contender that ran has all its figures. */
  boolean isComplete() {
    return rows.stream().noneMatch(RowResult::hasFailed);
  }
}
