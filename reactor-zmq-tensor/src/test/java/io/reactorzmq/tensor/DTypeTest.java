package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes and sizes never change: other languages know them. */
class DTypeTest {

  @ParameterizedTest
  @CsvSource({
    "F16, 1, 2",
    "BF16, 2, 2",
    "F32, 3, 4",
    "F64, 4, 8",
    "I8, 5, 1",
    "I16, 6, 2",
    "I32, 7, 4",
    "I64, 8, 8",
    "U8, 9, 1",
    "U16, 10, 2",
    "U32, 11, 4",
    "U64, 12, 8",
    "BOOL, 13, 1",
    "F8_E4M3, 14, 1",
    "F8_E5M2, 15, 1",
    "C64, 16, 8",
    "C128, 17, 16"
  })
  void codeAndSize(DType dtype, int code, int bytes) {
    assertThat(dtype.code()).isEqualTo(code);
    assertThat(dtype.itemSize()).isEqualTo(bytes);
    assertThat(DType.ofCode(code)).isSameAs(dtype);
  }

  @Test
  void everyTypeHasACodeOfItsOwn() {
    assertThat(Arrays.stream(DType.values()).map(DType::code)).hasSize(17).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 18, 255, Integer.MAX_VALUE})
  void noOtherNumberIsACode(int code) {
    assertThat(DType.ofCode(code)).isNull();
  }
}
