package io.reactorzmq.tensor;

import io.netty.util.AbstractReferenceCounted;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tensors under names, such as the weights of a model or the inputs of an inference, sent and
 * received as one message. Immutable and reference-counted: releasing the last reference releases
 * every tensor.
 */
public final class NamedTensors extends AbstractReferenceCounted {

  /** A name, and a key of the metadata, takes at most this many bytes of UTF-8. */
  public static final int MAX_NAME_BYTES = 1024;

  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;

  private NamedTensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    this.tensors.keySet().forEach(NamedTensors::requireName);
    this.metadata.keySet().forEach(NamedTensors::requireName);
  }

  private static void requireName(String name) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw new IllegalArgumentException("a name has half a character, which UTF-8 cannot write");
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "a name of %d bytes, but 1 to %d are allowed: %s"
              .formatted(bytes, MAX_NAME_BYTES, name.substring(0, Math.min(64, name.length()))));
    }
  }

  /**
   * A set of tensors. Takes over one reference of each; if this throws, they stay with the caller.
   *
   * @param tensors by name, in the order that is kept
   * @return the set, the caller's to release
   * @throws IllegalArgumentException if a name is empty or longer than {@link #MAX_NAME_BYTES}
   */
  public static NamedTensors of(Map<String, Tensor> tensors) {
    return new NamedTensors(tensors, Map.of());
  }

  /**
   * A set of tensors with texts about them, as {@code .safetensors} files have.
   *
   * @param tensors by name, in the order that is kept; one reference of each is taken over
   * @param metadata any texts
   * @return the set, the caller's to release
   * @throws IllegalArgumentException if a name or a key is empty or too long
   */
  public static NamedTensors of(Map<String, Tensor> tensors, Map<String, String> metadata) {
    return new NamedTensors(tensors, metadata);
  }

  /**
   * One of the tensors, which lives as long as the set does.
   *
   * @param name its name
   * @return borrowed: to keep it longer, retain it; null if there is none
   */
  public @Nullable Tensor get(String name) {
    return tensors.get(name);
  }

  /**
   * The names of all tensors.
   *
   * @return in order, not to be changed
   */
  public Set<String> names() {
    return tensors.keySet();
  }

  /**
   * All tensors by name.
   *
   * @return in order, borrowed, not to be changed
   */
  public Map<String, Tensor> asMap() {
    return tensors;
  }

  /**
   * Texts about the set.
   *
   * @return in order, not to be changed
   */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * How many tensors there are.
   *
   * @return 0 or more
   */
  public int size() {
    return tensors.size();
  }

  /**
   * What the data of all tensors takes.
   *
   * @return bytes
   */
  public long bytes() {
    return tensors.values().stream().mapToLong(Tensor::bytes).sum();
  }

  @Override
  public NamedTensors retain() {
    super.retain();
    return this;
  }

  @Override
  public NamedTensors retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public NamedTensors touch() {
    return touch(null);
  }

  @Override
  public NamedTensors touch(@Nullable Object hint) {
    tensors.values().forEach(each -> each.touch(hint));
    return this;
  }

  @Override
  protected void deallocate() {
    RuntimeException failure = null;
    for (Tensor each : tensors.values()) {
      failure = Tensor.release(each, failure);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Whether another set has equal tensors under the same names, in any order, and metadata. */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || other instanceof NamedTensors set
            && tensors.equals(set.tensors)
            && metadata.equals(set.metadata);
  }

  @Override
  public int hashCode() {
    return 31 * tensors.hashCode() + metadata.hashCode();
  }

  /** How many and which. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("NamedTensors of ").append(tensors.size());
    String separator = ": ";
    int shown = 0;
    for (Map.Entry<String, Tensor> each : tensors.entrySet()) {
      if (shown++ == 8) {
        return text.append(", ...").toString();
      }
      text.append(separator).append(each.getValue().info(each.getKey()));
      separator = ", ";
    }
    return text.toString();
  }
}
