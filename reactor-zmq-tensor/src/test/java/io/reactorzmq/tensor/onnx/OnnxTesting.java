package io.reactorzmq.tensor.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;

/** What the tests of ONNX tensors share. */
final class OnnxTesting {

  static final OrtEnvironment ENV =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "test");
  static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;

  private OnnxTesting() {}

  static Tensor floats(float... values) {
    Tensor tensor = Tensor.allocate(DType.F32, Shape.of(values.length), ALLOCATOR);
    tensor.floatsView().put(values);
    return tensor;
  }

  static float[] elements(Tensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    tensor.floatsView().get(values);
    return values;
  }

  static long addressOf(Tensor tensor) {
    ByteBuf data = tensor.segments().get(0);
    return data.memoryAddress() + data.readerIndex();
  }

  static long addressOf(OnnxTensor tensor) throws ReflectiveOperationException {
    return PlatformDependent.directBufferAddress(nativeMemory(tensor));
  }

  /** What ONNX Runtime itself takes for the memory; its public methods give copies only. */
  static ByteBuffer nativeMemory(OnnxTensor tensor) throws ReflectiveOperationException {
    Method getBuffer = OnnxTensor.class.getDeclaredMethod("getBuffer");
    getBuffer.setAccessible(true);
    return (ByteBuffer) getBuffer.invoke(tensor);
  }
}
