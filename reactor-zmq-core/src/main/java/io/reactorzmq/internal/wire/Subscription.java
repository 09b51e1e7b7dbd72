package io.reactorzmq.internal.wire;

/**
 * What a SUB asks a PUB for: every message whose topic begins with a prefix.
 *
 * @param id 1 or more, the SUB's choice; no other live subscription of the channel has it
 * @param prefix at most {@link Subscriptions#MAX_PREFIX_BYTES} bytes, not copied; empty for
 *     everything
 */
public record Subscription(long id, byte[] prefix) {}
