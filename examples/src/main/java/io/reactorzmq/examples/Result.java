package io.reactorzmq.examples;

/**
 * What a worker found.
 *
 * @param id the job's
 * @param steps how many steps it took
 * @param worker who counted
 */
record Result(int id, int steps, String worker) {}
