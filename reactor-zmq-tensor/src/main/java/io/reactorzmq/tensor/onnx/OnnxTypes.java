package io.reactorzmq.tensor.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo.OnnxTensorType;
import io.reactorzmq.tensor.DType;

/** Which of our types is which of theirs. */
final class OnnxTypes {

  private OnnxTypes() {}

  /** What tensors are made of; their Java API has fewer types for that than for results. */
  static OnnxJavaType of(DType dtype) {
    return switch (dtype) {
      case F16 -> OnnxJavaType.FLOAT16;
      case BF16 -> OnnxJavaType.BFLOAT16;
      case F32 -> OnnxJavaType.FLOAT;
      case F64 -> OnnxJavaType.DOUBLE;
      case I8 -> OnnxJavaType.INT8;
      case I16 -> OnnxJavaType.INT16;
      case I32 -> OnnxJavaType.INT32;
      case I64 -> OnnxJavaType.INT64;
      case U8 -> OnnxJavaType.UINT8;
      case BOOL -> OnnxJavaType.BOOL;
      case U16, U32, U64, F8_E4M3, F8_E5M2, C64, C128 ->
          throw new IllegalArgumentException(
              "ONNX Runtime's Java API makes no tensors of "
                  + dtype
                  + ", only of F16, BF16, F32, F64, I8, I16, I32, I64, U8 and BOOL");
    };
  }

  static DType of(OnnxTensorType type) {
    return switch (type) {
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> DType.F16;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> DType.BF16;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> DType.F32;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> DType.F64;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> DType.I8;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> DType.I16;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> DType.I32;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> DType.I64;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> DType.U8;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> DType.U16;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> DType.U32;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> DType.U64;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> DType.BOOL;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E4M3FN -> DType.F8_E4M3;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E5M2 -> DType.F8_E5M2;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX64 -> DType.C64;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX128 -> DType.C128;
      default -> throw new IllegalArgumentException("no tensor has elements of " + type);
    };
  }
}
