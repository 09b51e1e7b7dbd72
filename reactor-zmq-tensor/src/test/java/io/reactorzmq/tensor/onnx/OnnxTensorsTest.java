package io.reactorzmq.tensor.onnx;

import static io.reactorzmq.tensor.onnx.OnnxTesting.ALLOCATOR;
import static io.reactorzmq.tensor.onnx.OnnxTesting.ENV;
import static io.reactorzmq.tensor.onnx.OnnxTesting.addressOf;
import static io.reactorzmq.tensor.onnx.OnnxTesting.floats;
import static io.reactorzmq.tensor.onnx.OnnxTesting.nativeMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory is shared with ONNX Runtime where that is promised, and copied where it is not. */
class OnnxTensorsTest {

  // ---- view

  @Test
  void aViewIsTheSameMemory() throws Exception {
    Tensor tensor = floats(1, 2, 3, 4, 5, 6);
    try (OnnxTensor view = OnnxTensors.view(ENV, tensor)) {
      assertThat(addressOf(view)).isEqualTo(addressOf(tensor)).isNotZero();
      assertThat(view.getInfo().getShape()).containsExactly(6);
      assertThat(view.getValue()).isEqualTo(new float[] {1, 2, 3, 4, 5, 6});

      tensor.floatsView().put(2, 30);
      assertThat(view.getFloatBuffer().get(2)).isEqualTo(30);
      nativeMemory(view).putFloat(8, 31);
      assertThat(tensor.floatsView().get(2)).isEqualTo(31);
    }
    assertThat(tensor.refCnt()).as("stays the caller's").isEqualTo(1);
    tensor.release();
  }

  @Test
  void aViewOfASliceBeginsWhereTheSliceDoes() throws Exception {
    Tensor whole = Tensor.allocate(DType.F32, Shape.of(4, 2), ALLOCATOR);
    Tensor rows = whole.retainedSlice(1, 3);
    try (OnnxTensor view = OnnxTensors.view(ENV, rows)) {
      assertThat(view.getInfo().getShape()).containsExactly(2, 2);
      assertThat(addressOf(view)).isEqualTo(addressOf(whole) + 8);
    }
    rows.release();
    whole.release();
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32", "F64", "I8", "I16", "I32", "I64", "U8", "BOOL"})
  void aViewAndACopyHaveTheType(DType dtype) throws Exception {
    Tensor tensor = Tensor.allocate(dtype, Shape.of(2, 3), ALLOCATOR);
    fill(tensor);
    try (OnnxTensor view = OnnxTensors.view(ENV, tensor);
        OnnxTensor copy = OnnxTensors.copyOf(ENV, tensor)) {
      assertThat(OnnxTypes.of(view.getInfo().onnxType)).isEqualTo(dtype);
      assertThat(OnnxTypes.of(copy.getInfo().onnxType)).isEqualTo(dtype);
      assertThat(view.getByteBuffer()).isEqualTo(tensor.bytesView());
      assertThat(copy.getByteBuffer()).isEqualTo(tensor.bytesView());
    }
    tensor.release();
  }

  @ParameterizedTest
  @EnumSource(names = {"U16", "U32", "U64", "F8_E4M3", "F8_E5M2", "C64", "C128"})
  void aTypeThatTheJavaApiLacksIsRefused(DType dtype) {
    Tensor tensor = Tensor.allocate(dtype, Shape.of(2), ALLOCATOR);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxTensors.view(ENV, tensor))
        .withMessageContaining(" " + dtype + ",");
    assertThatIllegalArgumentException().isThrownBy(() -> OnnxTensors.copyOf(ENV, tensor));
    assertThatIllegalArgumentException().isThrownBy(() -> OnnxTensors.viewOrCopy(ENV, tensor));
    assertThat(tensor.release()).as("was the last reference").isTrue();
  }

  @Test
  void aScalarIsShared() throws Exception {
    Tensor scalar = Tensor.allocate(DType.I64, Shape.scalar(), ALLOCATOR);
    scalar.longsView().put(0, 42);
    try (OnnxTensor view = OnnxTensors.view(ENV, scalar)) {
      assertThat(view.getInfo().getShape()).isEmpty();
      assertThat(view.getValue()).isEqualTo(42L);
      assertThat(OnnxTensors.copyOf(view).longsView().get(0)).isEqualTo(42);
    }
    scalar.release();
  }

  @Test
  void anEmptyTensorHasAnEmptyView() throws Exception {
    Tensor empty = Tensor.allocate(DType.F32, Shape.of(3, 0), ALLOCATOR);
    try (OnnxTensor view = OnnxTensors.view(ENV, empty);
        OnnxTensor copy = OnnxTensors.copyOf(ENV, empty)) {
      assertThat(view.getInfo().getShape()).containsExactly(3, 0);
      assertThat(copy.getInfo().getShape()).containsExactly(3, 0);
      Tensor back = OnnxTensors.copyOf(view);
      assertThat(back.shape()).isEqualTo(empty.shape());
      assertThat(back.bytes()).isZero();
    }
    empty.release();
  }

  @Test
  void aReleasedTensorIsRefused() {
    for (Shape shape : List.of(Shape.of(2), Shape.of(0))) {
      Tensor tensor = Tensor.allocate(DType.F32, shape, ALLOCATOR);
      tensor.release();
      assertThatThrownBy(() -> OnnxTensors.view(ENV, tensor))
          .isInstanceOf(IllegalReferenceCountException.class);
      assertThatThrownBy(() -> OnnxTensors.copyOf(ENV, tensor))
          .isInstanceOf(IllegalReferenceCountException.class);
    }
  }

  // ---- memory that cannot be shared

  @Test
  void whatLiesOnTheHeapIsCopied() throws Exception {
    ByteBuffer heap = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    heap.putFloat(0, 1).putFloat(4, 2).putFloat(8, 3);
    assertIsCopied(Tensor.of(DType.F32, Shape.of(3), heap), "lies on the heap: use copyOf");
  }

  @Test
  void whatLiesInSeveralRunsIsCopied() throws Exception {
    ByteBuf first = ALLOCATOR.directBuffer().writeFloatLE(1).writeFloatLE(2);
    ByteBuf second = Unpooled.buffer().writeFloatLE(3);
    Tensor tensor = Tensor.of(DType.F32, Shape.of(3), first, second);

    Tensor contiguous = tensor.contiguous(ALLOCATOR);
    try (OnnxTensor view = OnnxTensors.view(ENV, contiguous)) {
      assertThat(view.getValue()).isEqualTo(new float[] {1, 2, 3});
    }
    contiguous.release();
    assertIsCopied(tensor, "lies in several runs of memory: use contiguous(allocator)");
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, true", "3, true", "4, false"})
  void whatLiesAtAnOddAddressIsCopied(int offset, boolean odd) throws Exception {
    ByteBuf data = ALLOCATOR.directBuffer(16, 16).writeZero(offset);
    data.writeFloatLE(1).writeFloatLE(2).writeFloatLE(3).skipBytes(offset);
    Tensor tensor = Tensor.of(DType.F32, Shape.of(3), data);
    if (odd) {
      assertIsCopied(tensor, "does not begin at a multiple of 4 bytes: use copyOf");
    } else {
      try (OnnxTensor view = OnnxTensors.view(ENV, tensor)) {
        assertThat(addressOf(view)).isEqualTo(addressOf(tensor));
      }
      tensor.release();
    }
  }

  /** Of the elements 1, 2, 3. */
  private static void assertIsCopied(Tensor tensor, String why) throws Exception {
    assertThatIllegalStateException()
        .isThrownBy(() -> OnnxTensors.view(ENV, tensor))
        .withMessageStartingWith("a tensor F32 [3] " + why);
    try (OnnxTensor copy = OnnxTensors.viewOrCopy(ENV, tensor)) {
      int last = tensor.segments().size() - 1;
      ByteBuf end = tensor.segments().get(last);
      end.setFloatLE(end.writerIndex() - 4, 99);
      tensor.release();
      assertThat(copy.getValue()).as("nobody else's memory").isEqualTo(new float[] {1, 2, 3});
    }
  }

  @Test
  void whatCanBeSharedIsNotCopied() throws Exception {
    Tensor tensor = floats(1, 2);
    try (OnnxTensor view = OnnxTensors.viewOrCopy(ENV, tensor);
        OnnxTensor copy = OnnxTensors.copyOf(ENV, tensor)) {
      assertThat(addressOf(view)).isEqualTo(addressOf(tensor));
      assertThat(addressOf(copy)).isNotEqualTo(addressOf(tensor));
    }
    tensor.release();
  }

  private static void fill(Tensor tensor) {
    ByteBuffer bytes = tensor.bytesView();
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) (tensor.dtype() == DType.BOOL ? i % 2 : 3 * i + 1));
    }
  }
}
