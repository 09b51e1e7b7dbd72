package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a pool keeps, for whom, and how much of it. */
class TensorPoolTest {

  private static final TensorInfo ANY = new TensorInfo("", DType.U8, Shape.of(1));

  @ParameterizedTest
  @CsvSource({
    "1, 4096",
    "4096, 4096",
    "4097, 4608",
    "4608, 4608",
    "4609, 5120",
    "8191, 8192",
    "8192, 8192",
    "8193, 9216",
    "1000000000, 1006632960",
    "1073741824, 1073741824",
    "2147483000, 2147483639",
    "2147483639, 2147483639",
  })
  void sizesAreRoundedUpByAnEighthAtMost(int bytes, int rounded) {
    assertThat(TensorPool.rounded(bytes)).isEqualTo(rounded);
  }

  @Test
  void memoryIsWritableAndAsLargeAsAskedFor() {
    TensorPool pool = new TensorPool(1 << 20);
    ByteBuf memory = pool.allocate(ANY, 0, 5000);
    assertThat(memory.isReadable()).isFalse();
    assertThat(memory.writableBytes()).isGreaterThanOrEqualTo(5000);
    assertThat(memory.isDirect()).isTrue();
    memory.writeLong(1);
    memory.release();
    ByteBuf again = pool.allocate(ANY, 0, 5100);
    assertThat(again.isReadable()).isFalse();
    again.release();
  }

  @Test
  void noMoreIsKeptThanAllowed() {
    TensorPool pool = new TensorPool(10_000);
    List<ByteBuf> lent = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      lent.add(pool.allocate(ANY, 0, 4096));
    }
    assertThat(pool.idleBytes()).isZero();
    lent.forEach(ByteBuf::release);
    assertThat(pool.idleBytes()).isEqualTo(2 * 4096);
    pool.allocate(ANY, 0, 8192).release();
    assertThat(pool.idleBytes()).as("another size").isEqualTo(2 * 4096);
    ByteBuf one = pool.allocate(ANY, 0, 10);
    assertThat(pool.idleBytes()).isEqualTo(4096);
    one.release();
  }

  @Test
  void memoryInUseIsNotGivenTwice() {
    TensorPool pool = new TensorPool(1 << 20);
    ByteBuf one = pool.allocate(ANY, 0, 4096);
    ByteBuf other = pool.allocate(ANY, 0, 4096);
    assertThat(one.memoryAddress()).isNotEqualTo(other.memoryAddress());
    one.retain().release();
    assertThat(pool.idleBytes()).as("it is still held").isZero();
    one.release();
    other.release();
  }

  @Test
  void aNegativeBoundIsRefused() {
    assertThatThrownBy(() -> TensorAllocator.pooled(-1)).hasMessageContaining("maxIdleBytes is -1");
  }
}
