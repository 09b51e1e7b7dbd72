package io.reactorzmq.examples;

/**
 * A number whose Collatz sequence is to be followed down to 1.
 *
 * @param id also the number to start from
 */
record Job(int id) {

  /** Counts the steps. */
  Result solvedBy(String worker) {
    int steps = 0;
    for (long n = id; n != 1; n = n % 2 == 0 ? n / 2 : 3 * n + 1) {
      steps++;
    }
    return new Result(id, steps, worker);
  }
}
