package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.golden;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What PyTorch makes of floats is what is made of them here. */
class TorchGoldenTest {

  @Test
  void tensorsOfTorchAreRead() throws IOException {
    assertTensor(
        NpyFile.read(golden("torch_i64.npy")), DType.I64, Samples.longs(0, 1, 2, 3, 4, 5), 2, 3);
    Tensor transposed = NpyFile.read(golden("torch_transposed.npy"));
    assertTensor(transposed, DType.I64, Samples.longs(0, 2, 4, 1, 3, 5), 2, 3);
    transposed.release();
  }

  @ParameterizedTest
  @CsvSource({"torch_f16, F16", "torch_bf16_bits, BF16"})
  void floatsAreRoundedAsTorchRoundsThem(String name, DType dtype) throws IOException {
    Tensor floats = NpyFile.read(golden("torch_f32.npy"));
    Tensor expected = NpyFile.read(golden(name + ".npy"));

    Tensor rounded = Tensor.ofFloats(dtype, floats.shape(), floats.toFloats());

    // the last one is NaN, whose bits depend on the instructions that Torch finds
    long last = floats.elements() - 1;
    Tensor bits = Tensor.of(dtype, floats.shape(), expected.bytesView());
    assertThat(rounded.retainedSlice(0, last)).isEqualTo(bits.retainedSlice(0, last));
    assertThat(rounded.toFloats()[(int) last]).isNaN();
    assertThat(bits.toFloats()[(int) last]).isNaN();
  }
}
