package io.reactorzmq.tensor.onnx;

import static io.reactorzmq.tensor.onnx.OnnxTesting.ALLOCATOR;
import static io.reactorzmq.tensor.onnx.OnnxTesting.ENV;
import static io.reactorzmq.tensor.onnx.OnnxTesting.addressOf;
import static io.reactorzmq.tensor.onnx.OnnxTesting.elements;
import static io.reactorzmq.tensor.onnx.OnnxTesting.floats;
import static io.reactorzmq.tensor.onnx.OnnxTesting.nativeMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Outputs are written to our memory, or copied from that of ONNX Runtime. */
class OnnxOutputsTest {

  // ---- outputs

  @Test
  void aModelWritesIntoTheMemoryOfATensor() throws Exception {
    Tensor left = floats(1, 2, 3);
    Tensor right = floats(10, 20, 30);
    Tensor sum = floats(0, 0, 0);
    try (OrtSession session = ENV.createSession(add());
        OnnxTensor a = OnnxTensors.view(ENV, left);
        OnnxTensor b = OnnxTensors.view(ENV, right);
        OnnxTensor out = OnnxTensors.view(ENV, sum)) {
      session.run(Map.of("a", a, "b", b), Map.of("out", out)).close();
      assertThat(out.isClosed()).as("given by us, so not closed with the result").isFalse();
      assertThat(addressOf(out)).isEqualTo(addressOf(sum));
    }
    assertThat(elements(sum)).containsExactly(11, 22, 33);
    release(left, right, sum);
  }

  @Test
  void anOutputOfAnotherShapeIsRefusedByTheModel() throws Exception {
    Tensor input = floats(1, 2, 3);
    Tensor tooSmall = floats(7, 7);
    try (OrtSession session = ENV.createSession(add());
        OnnxTensor a = OnnxTensors.view(ENV, input);
        OnnxTensor out = OnnxTensors.view(ENV, tooSmall)) {
      assertThatThrownBy(() -> session.run(Map.of("a", a, "b", a), Map.of("out", out)))
          .isInstanceOf(OrtException.class)
          .hasMessageContaining("shape");
    }
    assertThat(elements(tooSmall)).containsExactly(7, 7);
    release(input, tooSmall);
  }

  @Test
  void anOutputInMemoryOfOnnxRuntimeIsCopied() throws Exception {
    Tensor input = floats(1, 2, 3);
    Tensor sum;
    try (OrtSession session = ENV.createSession(add());
        OnnxTensor a = OnnxTensors.view(ENV, input);
        OrtSession.Result result = session.run(Map.of("a", a, "b", a))) {
      OnnxTensor out = (OnnxTensor) result.get(0);
      assertThatIllegalStateException()
          .isThrownBy(() -> OnnxTensors.wrap(out))
          .withMessageContaining("F32 [3]")
          .withMessageContaining("use copyOf");
      sum = OnnxTensors.copyOf(out);
      nativeMemory(out).putFloat(0, 99);
      assertThat(out.isClosed()).as("stays the result's").isFalse();
    }
    assertThat(elements(sum)).containsExactly(2, 4, 6);
    input.release();
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"C64", "C128"}) // no operator makes them
  void anOutputOfAnyTypeIsRead(DType dtype) throws Exception {
    byte[] cast =
        TinyModel.of("Cast")
            .input("in", DType.F32, 3)
            .attribute("to", TinyModel.code(dtype))
            .output(dtype, 3);
    Tensor input = floats(0, 1, 2);
    try (OrtSession session = ENV.createSession(cast);
        OnnxTensor in = OnnxTensors.view(ENV, input);
        OrtSession.Result result = session.run(Map.of("in", in))) {
      Tensor out = OnnxTensors.copyOf((OnnxTensor) result.get(0));
      assertThat(out.dtype()).isEqualTo(dtype);
      assertThat(out.shape()).isEqualTo(Shape.of(3));
      ByteBuffer bytes = out.bytesView();
      int size = dtype.itemSize();
      assertThat(new long[] {bits(bytes, 0, size), bits(bytes, 1, size), bits(bytes, 2, size)})
          .containsExactly(
              switch (dtype) {
                case F16 -> new long[] {0, 0x3c00, 0x4000};
                case BF16 -> new long[] {0, 0x3f80, 0x4000};
                case F32 -> new long[] {0, 0x3f800000, 0x40000000};
                case F64 -> new long[] {0, 0x3ff0000000000000L, 0x4000000000000000L};
                case F8_E4M3 -> new long[] {0, 0x38, 0x40};
                case F8_E5M2 -> new long[] {0, 0x3c, 0x40};
                case BOOL -> new long[] {0, 1, 1};
                default -> new long[] {0, 1, 2};
              });
    }
    input.release();
  }

  @Test
  void stringsAreRefused() throws Exception {
    try (OnnxTensor strings = OnnxTensor.createTensor(ENV, new String[] {"a"}, new long[] {1})) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OnnxTensors.copyOf(strings))
          .withMessageContaining("STRING");
      assertThatIllegalArgumentException().isThrownBy(() -> OnnxTensors.wrap(strings));
    }
  }

  // ---- wrap

  @Test
  void aWrappedOnnxTensorIsTheSameMemoryAndClosedWithTheLastReference() throws Exception {
    ByteBuffer memory = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
    memory.position(16).limit(32);
    OnnxTensor onnx = OnnxTensor.createTensor(ENV, memory, new long[] {2, 2}, OnnxJavaType.FLOAT);

    Tensor tensor = OnnxTensors.wrap(onnx);
    assertThat(tensor.dtype()).isEqualTo(DType.F32);
    assertThat(tensor.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(tensor.isDirect()).isTrue();
    assertThat(addressOf(tensor)).isEqualTo(addressOf(onnx));
    memory.putFloat(16, 5);
    assertThat(tensor.floatsView().get(0)).isEqualTo(5);
    tensor.floatsView().put(3, 6);
    assertThat(onnx.getFloatBuffer().get(3)).isEqualTo(6);

    Tensor row = tensor.retainedAt(1);
    tensor.release();
    assertThat(onnx.isClosed()).as("its row is still there").isFalse();
    row.release();
    assertThat(onnx.isClosed()).isTrue();
    assertThatIllegalStateException().isThrownBy(() -> OnnxTensors.wrap(onnx));
    assertThatIllegalStateException().isThrownBy(() -> OnnxTensors.copyOf(onnx));
  }

  @Test
  void anEmptyOnnxTensorIsClosedToo() throws Exception {
    Tensor empty = Tensor.allocate(DType.F32, Shape.of(0, 2), ALLOCATOR);
    OnnxTensor onnx = OnnxTensors.view(ENV, empty);
    Tensor wrapped = OnnxTensors.wrap(onnx);
    assertThat(wrapped.shape()).isEqualTo(Shape.of(0, 2));
    wrapped.release();
    assertThat(onnx.isClosed()).isTrue();
    empty.release();
  }

  @Test
  void whatWasMadeOverATypedBufferCannotBeWrapped() throws Exception {
    ByteBuffer memory = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    try (OnnxTensor onnx =
        OnnxTensor.createTensor(ENV, memory.asFloatBuffer().put(0, 3), new long[] {2})) {
      assertThatIllegalStateException()
          .isThrownBy(() -> OnnxTensors.wrap(onnx))
          .withMessageContaining("ByteBuffer");
      assertThat(onnx.isClosed()).as("stays with the caller").isFalse();
      assertThat(elements(OnnxTensors.copyOf(onnx))).containsExactly(3, 0);
    }
  }

  // ---- sets

  @Test
  void aModelRunsOnASet() throws Exception {
    NamedTensors inputs = add(floats(1, 2), Tensor.of(DType.F32, Shape.of(2), heap(10, 20)));
    try (OrtSession session = ENV.createSession(add())) {
      NamedTensors outputs = OnnxTensors.run(ENV, session, inputs);
      assertThat(outputs.names()).containsExactly("out");
      assertThat(elements(outputs.asMap().get("out"))).containsExactly(11, 22);
    }
    assertThat(inputs.release()).as("stays the caller's").isTrue();
  }

  @Test
  void aSetThatTheModelDoesNotTakeStaysTheCallers() throws Exception {
    try (OrtSession session = ENV.createSession(add())) {
      NamedTensors wrong = NamedTensors.of(Map.of("b", floats(1), "c", floats(2)));
      assertThatThrownBy(() -> OnnxTensors.run(ENV, session, wrong))
          .isInstanceOf(OrtException.class)
          .hasMessageContaining("input name c");
      assertThat(wrong.release()).isTrue();

      NamedTensors complex = add(floats(1), Tensor.allocate(DType.C64, Shape.of(1), ALLOCATOR));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OnnxTensors.run(ENV, session, complex))
          .withMessageContaining("C64");
      assertThat(complex.release()).isTrue();
    }
  }

  @Test
  void anOutputThatIsNoTensorIsRefused() throws Exception {
    byte[] split =
        TinyModel.of("SplitToSequence").input("in", DType.F32, -1).outputSequenceOf(DType.F32);
    NamedTensors input = NamedTensors.of(Map.of("in", floats(1, 2)));
    try (OrtSession session = ENV.createSession(split)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OnnxTensors.run(ENV, session, input))
          .withMessageContaining("out is a ONNX_TYPE_SEQUENCE");
    }
    input.release();
  }

  // ---- helpers

  private static byte[] add() {
    return TinyModel.of("Add")
        .input("a", DType.F32, -1)
        .input("b", DType.F32, -1)
        .output(DType.F32, -1);
  }

  private static NamedTensors add(Tensor a, Tensor b) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("a", a);
    inputs.put("b", b);
    return NamedTensors.of(inputs);
  }

  private static ByteBuffer heap(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  private static void release(Tensor... tensors) {
    for (Tensor each : tensors) {
      assertThat(each.release()).isTrue();
    }
  }

  private static long bits(ByteBuffer bytes, int index, int size) {
    long bits = 0;
    for (int i = size - 1; i >= 0; i--) {
      bits = bits << 8 | bytes.get(index * size + i) & 0xff;
    }
    return bits;
  }
}
