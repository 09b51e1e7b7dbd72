package io.reactorzmq.cli.tensor;

/**
 * How far the bytes of tensors in one direction are.
 *
 * @param doing what is done with them, for example {@code sending}
 * @param done bytes of what is under way
 * @param total its bytes when it will be done
 * @param moved bytes since the beginning; grows only
 */
public record Transfer(String doing, long done, long total, long moved) {}
