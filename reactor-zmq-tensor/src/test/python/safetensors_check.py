"""Writes and reads .safetensors files by their description alone, for PythonFilesTest.

    safetensors_check.py read FILE    prints a line for each tensor: name, type, shape, bytes; and one for each metadata
    safetensors_check.py write FILE   writes tensors that the test knows
"""
import json
import struct
import sys

command, path = sys.argv[1:]
if command == "read":
    with open(path, "rb") as source:
        (length,) = struct.unpack("<Q", source.read(8))
        text = source.read(length)
        data = source.read()
    assert length % 8 == 0 and text[:1] == b"{", text
    header = json.loads(text.decode("utf-8"))
    for key, value in header.pop("__metadata__", {}).items():
        print("|".join(["#" + key, value]))
    end = 0
    for name, each in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, next_end = each["data_offsets"]
        assert begin == end, (name, begin, end)
        end = next_end
    assert end == len(data)
    for name, each in header.items():
        begin, end = each["data_offsets"]
        print("|".join([name, each["dtype"], ",".join(map(str, each["shape"])), data[begin:end].hex()]))
else:
    floats = struct.pack("<6f", 0, 1, 2, 3, 4, 5)
    bits = struct.pack("<2H", 0x3F80, 0xBF80)
    header = {
        "__metadata__": {"format": "pt", "k\u00e4se": "\u2713"},
        "bits": {"dtype": "BF16", "shape": [2], "data_offsets": [24, 28]},
        "floats": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "nothing": {"dtype": "I64", "shape": [0], "data_offsets": [28, 28]},
        "scalar": {"dtype": "U8", "shape": [], "data_offsets": [28, 29]},
    }
    text = json.dumps(header).encode("ascii") + b" \n "
    with open(path, "wb") as target:
        target.write(struct.pack("<Q", len(text)) + text + floats + bits + b"\x07")
