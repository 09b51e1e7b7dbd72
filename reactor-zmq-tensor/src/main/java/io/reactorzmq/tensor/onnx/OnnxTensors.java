package io.reactorzmq.tensor.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tensors as inputs and outputs of ONNX Runtime, over the same memory wherever its Java API allows
 * it. A method named view or wrap shares memory or fails, one named copyOf copies.
 *
 * <p>Inputs of F16, BF16, F32, F64, I8, I16, I32, I64, U8 and BOOL can be made; outputs of any type
 * can be read.
 *
 * <p>What ONNX Runtime allocates itself can only be copied from Java. An output that is not copied
 * is one whose memory was there before:
 *
 * <pre>{@code
 * Tensor scores = Tensor.allocate(DType.F32, Shape.of(rows, 10), allocator);
 * try (OnnxTensor in = OnnxTensors.viewOrCopy(environment, images);
 *     OnnxTensor out = OnnxTensors.view(environment, scores)) {
 *   session.run(Map.of("images", in), Map.of("scores", out)).close();
 * }
 * // scores may be sent now
 * }</pre>
 *
 * <p>ONNX Runtime writes to such an output without asking the JVM: a tensor over a buffer that is
 * read-only, such as a mapped file, must not be one.
 */
public final class OnnxTensors {

  /** The largest buffer of Java that ONNX Runtime takes or gives. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private OnnxTensors() {}

  /**
   * An OnnxTensor over the memory of a tensor: what is written to the one is read from the other.
   *
   * <p>It holds no reference of the tensor. Close it before the tensor is released: afterwards ONNX
   * Runtime would read or write memory that belongs to somebody else.
   *
   * @param env the environment
   * @param tensor in one run of direct memory that begins at a multiple of its item size, as of
   *     {@link Tensor#allocate}; stays the caller's
   * @return the view, the caller's to close
   * @throws IllegalArgumentException if ONNX Runtime's Java API has no such type
   * @throws IllegalStateException if the tensor lies on the heap, in several runs of memory, or at
   *     an odd address: C++ promises nothing for an element there, whatever x86 does. A tensor that
   *     {@link io.reactorzmq.tensor.TensorCodec#tensors()} received within one frame may lie so,
   *     one received {@code into} memory of an allocator lies where that says
   * @throws OrtException if ONNX Runtime refuses
   */
  public static OnnxTensor view(OrtEnvironment env, Tensor tensor) throws OrtException {
    OnnxJavaType type = OnnxTypes.of(tensor.dtype());
    String obstacle = obstacle(tensor);
    if (obstacle != null) {
      throw new IllegalStateException(
          "a tensor %s %s %s".formatted(tensor.dtype(), tensor.shape(), obstacle));
    }
    return over(env, tensor, type, tensor.bytesView());
  }

  /**
   * An OnnxTensor with a copy of a tensor's elements, in direct memory that is left to the garbage
   * collector.
   *
   * @param env the environment
   * @param tensor in any memory; stays the caller's and may be released at once
   * @return the copy, the caller's to close
   * @throws IllegalArgumentException if ONNX Runtime's Java API has no such type
   * @throws IllegalStateException if the tensor has more than 2^31 - 9 bytes
   * @throws OrtException if ONNX Runtime refuses
   */
  public static OnnxTensor copyOf(OrtEnvironment env, Tensor tensor) throws OrtException {
    OnnxJavaType type = OnnxTypes.of(tensor.dtype());
    ByteBuffer copy = ByteBuffer.allocateDirect(checkedBytes(tensor.dtype(), tensor.shape()));
    for (ByteBuf each : tensor.segments()) {
      int end = copy.position() + each.readableBytes();
      each.readBytes(copy.limit(end));
    }
    return over(env, tensor, type, copy.flip());
  }

  /**
   * As {@link #view} where that is possible, else as {@link #copyOf(OrtEnvironment, Tensor)}: for
   * inputs, wherever they come from.
   *
   * @param env the environment
   * @param tensor in any memory; stays the caller's, who releases it after the OnnxTensor is closed
   * @return a view or a copy, the caller's to close
   * @throws IllegalArgumentException if ONNX Runtime's Java API has no such type
   * @throws IllegalStateException if it has to be copied and has more than 2^31 - 9 bytes
   * @throws OrtException if ONNX Runtime refuses
   */
  public static OnnxTensor viewOrCopy(OrtEnvironment env, Tensor tensor) throws OrtException {
    return obstacle(tensor) == null ? view(env, tensor) : copyOf(env, tensor);
  }

  private static OnnxTensor over(
      OrtEnvironment env, Tensor tensor, OnnxJavaType type, ByteBuffer data) throws OrtException {
    // the view of an empty tensor lies on the heap, which their API takes for typed buffers only
    ByteBuffer direct = data.isDirect() ? data : ByteBuffer.allocateDirect(0);
    return OnnxTensor.createTensor(
        env, direct.order(ByteOrder.LITTLE_ENDIAN), tensor.shape().dims(), type);
  }

  /** Why the memory of a tensor cannot be shared; null if it can. */
  private static @Nullable String obstacle(Tensor tensor) {
    if (tensor.elements() == 0) {
      return null;
    }
    if (!tensor.isContiguous()) {
      return "lies in several runs of memory: use contiguous(allocator) before, or copyOf";
    }
    if (!tensor.isDirect()) {
      return "lies on the heap: use copyOf, or Tensor.allocate to begin with";
    }
    int unit = Math.min(tensor.dtype().itemSize(), Long.BYTES);
    return tensor.bytesView().alignmentOffset(0, unit) == 0
        ? null
        : "does not begin at a multiple of %d bytes: use copyOf, or receive it by TensorCodec.into"
            .formatted(unit);
  }

  /**
   * A tensor over the memory of an OnnxTensor that was made over a direct {@link ByteBuffer}: by
   * {@link #view}, by copyOf, or by {@code OnnxTensor.createTensor} of a {@code ByteBuffer}. For a
   * view, the tensor below it must live as long.
   *
   * @param onnx taken over: it is closed when the last reference to the tensor is released and no
   *     socket reads it any more; if this throws, it stays with the caller
   * @return the tensor, the caller's to release
   * @throws IllegalArgumentException if its elements are strings or of another type that tensors
   *     lack
   * @throws IllegalStateException if it is closed, or lies in memory that Java cannot refer to: of
   *     ONNX Runtime itself, as outputs do that were not given to {@code run}, or below a typed
   *     buffer such as a {@code FloatBuffer}; use {@link #copyOf(OnnxTensor)}
   */
  public static Tensor wrap(OnnxTensor onnx) {
    requireOpen(onnx);
    DType dtype = OnnxTypes.of(onnx.getInfo().onnxType);
    Shape shape = Shape.of(onnx.getInfo().getShape());
    if (!(bufferOf(onnx) instanceof ByteBuffer buffer)) {
      throw new IllegalStateException(
          "a tensor %s %s of ONNX Runtime was not made over a ByteBuffer: use copyOf"
              .formatted(dtype, shape));
    }
    ByteBuf data = Unpooled.wrappedBuffer(buffer.duplicate()); // its order is big-endian again
    return Tensor.wrap(dtype, shape, List.of(data), onnx::close);
  }

  /**
   * A tensor on the heap with a copy of an OnnxTensor's elements, for outputs that lie in memory of
   * ONNX Runtime. Copies them once.
   *
   * @param onnx stays the caller's, or that of the {@code OrtSession.Result} it belongs to
   * @return a tensor whose release is optional
   * @throws IllegalArgumentException if its elements are strings or of another type that tensors
   *     lack
   * @throws IllegalStateException if it is closed, or has more than 2^31 - 9 bytes
   */
  public static Tensor copyOf(OnnxTensor onnx) {
    requireOpen(onnx);
    TensorInfo info = onnx.getInfo();
    DType dtype = OnnxTypes.of(info.onnxType);
    Shape shape = Shape.of(info.getShape());
    checkedBytes(dtype, shape);
    return Tensor.of(dtype, shape, onnx.getByteBuffer()); // which copies
  }

  /**
   * Runs a model on a set of tensors. Inputs are shared where {@link #view} can, else copied;
   * outputs are copied once. Takes as long as the model does: never call it on an event loop.
   *
   * @param env the environment
   * @param session the model
   * @param inputs by the names of the model's inputs; stay the caller's, and must not be released
   *     before this returns
   * @return all outputs by name, on the heap, whose release is optional
   * @throws IllegalArgumentException if ONNX Runtime's Java API has no such type, or an output is
   *     no tensor
   * @throws IllegalStateException if an input or output has more than 2^31 - 9 bytes
   * @throws OrtException if the model fails or asks for other inputs
   */
  public static NamedTensors run(OrtEnvironment env, OrtSession session, NamedTensors inputs)
      throws OrtException {
    Map<String, OnnxTensor> views = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Tensor> each : inputs.asMap().entrySet()) {
        views.put(each.getKey(), viewOrCopy(env, each.getValue()));
      }
      try (OrtSession.Result result = session.run(views)) {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxValue> each : result) {
          if (!(each.getValue() instanceof OnnxTensor onnx)) {
            throw new IllegalArgumentException(
                "the output %s is a %s, no tensor"
                    .formatted(each.getKey(), each.getValue().getType()));
          }
          outputs.put(each.getKey(), copyOf(onnx));
        }
        return NamedTensors.of(outputs);
      }
    } finally {
      views.values().forEach(OnnxTensor::close);
    }
  }

  private static @Nullable Buffer bufferOf(OnnxTensor onnx) {
    try {
      return onnx.getBufferRef().orElse(null);
    } catch (NullPointerException e) {
      return null; // that is how 1.29 says that there is none, against its documentation
    }
  }

  private static void requireOpen(OnnxTensor onnx) {
    if (onnx.isClosed()) {
      throw new IllegalStateException("the OnnxTensor is closed");
    }
  }

  private static int checkedBytes(DType dtype, Shape shape) {
    long bytes = shape.bytes(dtype);
    if (bytes > MAX_BYTES) {
      throw new IllegalStateException(
          "a tensor %s %s has %d bytes, a buffer of ONNX Runtime's Java API %d at most"
              .formatted(dtype, shape, bytes, MAX_BYTES));
    }
    return (int) bytes;
  }
}
