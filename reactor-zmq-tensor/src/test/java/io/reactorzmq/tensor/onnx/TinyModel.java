package io.reactorzmq.tensor.onnx;

import io.reactorzmq.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An ONNX model of one operator, written as the protobuf message that it is. */
final class TinyModel {

  private static final int OPSET = 19; // the first that casts to 8-bit floats
  private static final int IR_VERSION = 9;
  private static final int TENSOR = 1;
  private static final int SEQUENCE = 4;

  private final String operator;
  private final List<String> inputs = new ArrayList<>();
  private final ByteArrayOutputStream graph = new ByteArrayOutputStream();
  private final ByteArrayOutputStream attributes = new ByteArrayOutputStream();

  private TinyModel(String operator) {
    this.operator = operator;
  }

  static TinyModel of(String operator) {
    return new TinyModel(operator);
  }

  /** A negative dimension may vary. */
  TinyModel input(String name, DType type, long... dims) {
    inputs.add(name);
    graph.writeBytes(data(11, data(1, name), data(2, data(TENSOR, typed(type, dims)))));
    return this;
  }

  TinyModel attribute(String name, long value) {
    attributes.writeBytes(data(5, data(1, name), number(3, value), number(20, 2)));
    return this;
  }

  byte[] output(DType type, long... dims) {
    return output(data(TENSOR, typed(type, dims)));
  }

  byte[] outputSequenceOf(DType type) {
    return output(data(SEQUENCE, data(1, data(TENSOR, number(1, code(type))))));
  }

  /** The output is called "out". */
  private byte[] output(byte[] type) {
    ByteArrayOutputStream node = new ByteArrayOutputStream();
    inputs.forEach(each -> node.writeBytes(data(1, each)));
    node.writeBytes(data(2, "out"));
    node.writeBytes(data(4, operator));
    node.writeBytes(attributes.toByteArray());
    graph.writeBytes(data(1, node.toByteArray()));
    graph.writeBytes(data(2, "graph"));
    graph.writeBytes(data(12, data(1, "out"), data(2, type)));
    return joined(number(1, IR_VERSION), data(7, graph.toByteArray()), data(8, number(2, OPSET)));
  }

  private static byte[] typed(DType type, long... dims) {
    ByteArrayOutputStream shape = new ByteArrayOutputStream();
    for (long each : dims) {
      shape.writeBytes(data(1, each < 0 ? data(2, "any") : number(1, each)));
    }
    return joined(number(1, code(type)), data(2, shape.toByteArray()));
  }

  /** What onnx.proto calls TensorProto.DataType. */
  static int code(DType type) {
    return switch (type) {
      case F32 -> 1;
      case U8 -> 2;
      case I8 -> 3;
      case U16 -> 4;
      case I16 -> 5;
      case I32 -> 6;
      case I64 -> 7;
      case BOOL -> 9;
      case F16 -> 10;
      case F64 -> 11;
      case U32 -> 12;
      case U64 -> 13;
      case C64 -> 14;
      case C128 -> 15;
      case BF16 -> 16;
      case F8_E4M3 -> 17;
      case F8_E5M2 -> 19;
    };
  }

  // ---- protobuf

  private static byte[] number(int field, long value) {
    return joined(varint((long) field << 3), varint(value));
  }

  private static byte[] data(int field, String text) {
    return data(field, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] data(int field, byte[]... parts) {
    byte[] value = joined(parts);
    return joined(varint((long) field << 3 | 2), varint(value.length), value);
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (long left = value; ; left >>>= 7) {
      if (left < 0x80) {
        bytes.write((int) left);
        return bytes.toByteArray();
      }
      bytes.write((int) (left & 0x7f | 0x80));
    }
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] each : parts) {
      bytes.writeBytes(each);
    }
    return bytes.toByteArray();
  }
}
