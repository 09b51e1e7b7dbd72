"""Writes and reads .npy and .npz files by NumPy, for PythonFilesTest.

    numpy_check.py read FILE    prints a line for each array: name, type, shape, bytes in row-major order
    numpy_check.py write FILE   writes arrays that the test knows
"""
import sys

import numpy as np


def show(name, array):
    shape = ",".join(map(str, array.shape))
    print("|".join([name, array.dtype.newbyteorder("<").str, shape, np.ascontiguousarray(array).tobytes().hex()]))


command, path = sys.argv[1:]
if command == "read":
    loaded = np.load(path)
    if path.endswith(".npz"):
        for each in loaded.files:
            show(each, loaded[each])
    else:
        show("", loaded)
elif path.endswith(".npz"):
    np.savez(path, first=np.arange(6, dtype="f4").reshape(2, 3), second=np.array(-1, dtype="i8"))
else:
    np.save(path, np.arange(6, dtype="f4").reshape(2, 3))
