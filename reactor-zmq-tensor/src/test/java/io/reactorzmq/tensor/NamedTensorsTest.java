package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tensors under names: in order, and released together. */
class NamedTensorsTest {

  private static Tensor tensor(int... values) {
    return Tensor.of(values);
  }

  private static Map<String, Tensor> map(String... names) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : names) {
      tensors.put(name, tensor(tensors.size()));
    }
    return tensors;
  }

  @Test
  void keepsItsOrder() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("z", "1");
    metadata.put("a", "");
    NamedTensors set = NamedTensors.of(map("weight", "bias", "a", "z"), metadata);
    assertThat(set.names()).containsExactly("weight", "bias", "a", "z");
    assertThat(set.asMap().keySet()).containsExactly("weight", "bias", "a", "z");
    assertThat(set.metadata()).containsExactly(Map.entry("z", "1"), Map.entry("a", ""));
    assertThat(set.size()).isEqualTo(4);
    assertThat(set.bytes()).isEqualTo(16);
    assertThat(set.get("bias")).isEqualTo(tensor(1));
    assertThat(set.get("Bias")).isNull();
  }

  @Test
  void cannotBeChanged() {
    Map<String, Tensor> tensors = map("a");
    Map<String, String> metadata = new LinkedHashMap<>(Map.of("k", "v"));
    NamedTensors set = NamedTensors.of(tensors, metadata);
    tensors.clear();
    metadata.clear();
    assertThat(set.size()).isOne();
    assertThat(set.metadata()).hasSize(1);
    assertThatThrownBy(() -> set.asMap().clear()).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> set.names().clear()).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> set.metadata().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void namesAreOfOneToManyBytes() {
    String longest = "\u00FC".repeat(NamedTensors.MAX_NAME_BYTES / 2);
    assertThat(NamedTensors.of(map(longest), Map.of(longest, "")).size()).isOne();
    for (String name : new String[] {"", longest + "x"}) {
      int bytes = name.isEmpty() ? 0 : 1025;
      ByteBuf memory = Unpooled.directBuffer().writeByte(1);
      Tensor tensor = Tensor.of(DType.U8, Shape.of(1), memory);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NamedTensors.of(Map.of(name, tensor)))
          .withMessageContainingAll(bytes + " bytes", "1 to 1024");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NamedTensors.of(Map.of("ok", tensor), Map.of(name, "")));
      assertThat(tensor.refCnt()).as("stays with its caller").isOne();
      tensor.release();
    }
  }

  @Test
  void releasesEveryTensor() {
    ByteBuf one = Unpooled.directBuffer().writeByte(1);
    ByteBuf two = Unpooled.directBuffer().writeByte(2);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("one", Tensor.of(DType.U8, Shape.of(1), one));
    tensors.put("two", Tensor.of(DType.U8, Shape.of(1), two));
    NamedTensors set = NamedTensors.of(tensors);
    Tensor kept = set.asMap().get("two").retain();
    assertThat(set.retain().retain(2).touch()).isSameAs(set);
    assertThat(set.release(3)).isFalse();
    assertThat(one.refCnt()).isOne();
    assertThat(set.release()).isTrue();
    assertThat(one.refCnt()).isZero();
    assertThat(kept.toInts()).containsExactly(2);
    kept.release();
    assertThat(two.refCnt()).isZero();
    assertThatThrownBy(set::release).isInstanceOf(IllegalReferenceCountException.class);
  }

  @Test
  void oneReleasedTooOftenDoesNotKeepTheOthers() {
    ByteBuf memory = Unpooled.directBuffer().writeByte(1);
    Map<String, Tensor> tensors = map("robbed");
    tensors.put("other", Tensor.of(DType.U8, Shape.of(1), memory));
    tensors.get("robbed").release();
    NamedTensors set = NamedTensors.of(tensors);
    assertThatThrownBy(set::release).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(memory.refCnt()).isZero();
  }

  @Test
  void equalInAnyOrder() {
    Map<String, Tensor> reversed = new LinkedHashMap<>();
    reversed.put("b", tensor(1));
    reversed.put("a", tensor(0));
    NamedTensors set = NamedTensors.of(map("a", "b"));
    assertThat(set)
        .isEqualTo(NamedTensors.of(reversed))
        .hasSameHashCodeAs(NamedTensors.of(reversed))
        .isNotEqualTo(NamedTensors.of(map("b", "a")))
        .isNotEqualTo(NamedTensors.of(map("a")))
        .isNotEqualTo(NamedTensors.of(map("a", "b"), Map.of("k", "v")))
        .isNotEqualTo("set");
    NamedTensors gone = NamedTensors.of(map("a", "b"));
    gone.release();
    assertThat(set.equals(gone)).isFalse();
    assertThat(NamedTensors.of(Map.of())).isEqualTo(NamedTensors.of(Map.of(), Map.of()));
  }

  @Test
  void saysHowManyAndWhich() {
    assertThat(NamedTensors.of(Map.of())).hasToString("NamedTensors of 0");
    assertThat(NamedTensors.of(map("w", "b")))
        .hasToString("NamedTensors of 2: w I32 [1], b I32 [1]");
    assertThat(NamedTensors.of(map("1", "2", "3", "4", "5", "6", "7", "8", "9")))
        .asString()
        .startsWith("NamedTensors of 9: 1 I32 [1], ")
        .endsWith(", 8 I32 [1], ...");
  }

  @Test
  void halfACharacterIsNoName() {
    assertThatThrownBy(() -> NamedTensors.of(Map.of("a\ud800", Tensor.of(new int[] {1}))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("half a character");
  }
}
