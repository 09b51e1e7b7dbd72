"""Writes the model of the InferenceServer example: 4 features -> 8 hidden -> 3 classes.

Needs nothing but Python's own library: a model is a small protobuf message, whose fields are
numbered in onnx.proto. The weights come from a formula, so the file is the same wherever it is
made, and the example computes the same in plain Java.

    python3 make_model.py [classifier.onnx]
"""

import pathlib
import struct
import sys

FEATURES, HIDDEN, CLASSES = 4, 8, 3
IR_VERSION, OPSET = 8, 13  # of 2021: old enough for any runtime
FLOAT = 1  # TensorProto.DataType
INT = 2  # AttributeProto.AttributeType


def weight(layer, row, column):
    """A multiple of 1/8 from -0.625 to 0.625: exact in a float of any language."""
    return ((7 * layer + 5 * row + 3 * column) % 11 - 5) / 8


# ---- protobuf: a message is its fields, joined


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    """Text, bytes or a message."""
    encoded = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(encoded)) + encoded


# ---- ONNX


def tensor(name, dims, values):
    raw = struct.pack("<%df" % len(values), *values)
    return b"".join(number(1, d) for d in dims) + number(2, FLOAT) + data(8, name) + data(9, raw)


def weights(layer, rows, columns):
    values = [weight(layer, r, c) for r in range(rows) for c in range(columns)]
    return tensor("weights%d" % layer, [rows, columns], values)


def biases(layer, rows, columns):
    """As a further row of the weights would be."""
    return tensor("biases%d" % layer, [columns], [weight(layer, rows, c) for c in range(columns)])


def value_info(name, *dims):
    """A text among the dimensions is one that varies."""
    shape = b"".join(data(1, data(2, d) if isinstance(d, str) else number(1, d)) for d in dims)
    return data(1, name) + data(2, data(1, number(1, FLOAT) + data(2, shape)))


def node(operator, inputs, output, attributes=b""):
    return b"".join(data(1, i) for i in inputs) + data(2, output) + data(4, operator) + attributes


def axis(value):
    return data(5, data(1, "axis") + number(3, value) + number(20, INT))


def model():
    graph = b"".join(
        [
            data(1, node("Gemm", ["features", "weights1", "biases1"], "sums")),
            data(1, node("Relu", ["sums"], "hidden")),
            data(1, node("Gemm", ["hidden", "weights2", "biases2"], "scores")),
            data(1, node("Softmax", ["scores"], "probabilities", axis(1))),
            data(2, "classifier"),
            data(5, weights(1, FEATURES, HIDDEN)),
            data(5, biases(1, FEATURES, HIDDEN)),
            data(5, weights(2, HIDDEN, CLASSES)),
            data(5, biases(2, HIDDEN, CLASSES)),
            data(11, value_info("features", "batch", FEATURES)),
            data(12, value_info("probabilities", "batch", CLASSES)),
        ]
    )
    return number(1, IR_VERSION) + data(7, graph) + data(8, number(2, OPSET))


if __name__ == "__main__":
    beside = pathlib.Path(__file__).resolve().parent.parent / "resources" / "classifier.onnx"
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    target.write_bytes(model())
