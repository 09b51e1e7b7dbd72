#!/usr/bin/python3
"""Writes the golden files that NpyFileTest, NpzFileTest and TorchGoldenTest read.

Needs NumPy and PyTorch; on Debian 12: apt-get install python3-numpy python3-torch, then
    /usr/bin/python3 src/test/python/make_golden.py src/test/resources/golden
Made with NumPy 1.24.2 and PyTorch 1.13.0. PyTorch has no 8-bit floats before 2.1, so there are none here.
"""
import os
import sys
import warnings

import numpy as np
import torch

OUT = sys.argv[1]

FLOATS = [[0.0, -0.0, 1.5], [-2.25, float("inf"), float("nan")]]
COMPLEX = [[0j, 1 + 2j, -1.5 + 0.25j], [complex(0, -3), complex(float("inf"), 0), 7 + 0j]]
ALL = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1", "c8", "c16"]


def values(name):
    kind = name[0]
    if kind == "f":
        return np.array(FLOATS, dtype=name)
    if kind == "c":
        return np.array(COMPLEX, dtype=name)
    if kind == "b":
        return np.array([[True, False, True], [False, False, True]])
    info = np.iinfo(name)
    return np.array([[0, 1, 42], [info.min, info.max, info.max - 1]], dtype=name)


def save(name, array, **options):
    np.save(os.path.join(OUT, name + ".npy"), array, **options)


def save_version(name, array, version):
    with open(os.path.join(OUT, name + ".npy"), "wb") as out, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that old readers do not know the version
        np.lib.format.write_array(out, array, version=version)


os.makedirs(OUT, exist_ok=True)
for each in ALL:
    save(each, values(each))
    if np.dtype(each).itemsize > 1:
        save("big_" + each, values(each).astype(">" + each))

save("scalar", np.array(42.5))
save("vector", np.arange(5, dtype="i4"))
save("empty", np.zeros((0, 3), dtype="f4"))
save("rank8", np.arange(24, dtype="i2").reshape(1, 2, 1, 3, 1, 2, 1, 2))
save("fortran", np.asfortranarray(np.arange(24, dtype="f4").reshape(2, 3, 4)))
save("fortran_big", np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)))
for major in (1, 2, 3):
    save_version("version%d" % major, np.arange(6, dtype="u2").reshape(3, 2), (major, 0))

save("refused_object", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
save("refused_unicode", np.array(["tensor"]))
save("refused_bytes", np.array([b"tensor"]))
save("refused_datetime", np.array(["2026-11-01"], dtype="M8[D]"))
save("refused_timedelta", np.array([1], dtype="m8[s]"))
save("refused_structured", np.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))
save("refused_void", np.zeros(2, dtype="V2"))
save("refused_longdouble", np.zeros(2, dtype=np.longdouble))

arrays = {
    "weight": values("f4"),
    "bias": np.arange(3, dtype="i8"),
    "step": np.array(7, dtype="u4"),
    "nothing": np.zeros((2, 0), dtype="f8"),
    "fortran": np.asfortranarray(np.arange(6, dtype="i2").reshape(2, 3)),
    "big": np.arange(4, dtype=">f8"),
    "zeros": np.zeros(1000, dtype="u1"),
    "layer/0/k\u00e4se": np.array([True, False]),
}
np.savez(os.path.join(OUT, "stored.npz"), **arrays)
np.savez_compressed(os.path.join(OUT, "compressed.npz"), **arrays)

# what PyTorch makes of floats: rounded, halfway, subnormal, too large, not a number
generator = torch.Generator().manual_seed(8)
spread = torch.randn(120, generator=generator) * torch.pow(2.0, torch.arange(120) / 3 - 26)
corners = [0.0, -0.0, 1.0, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-11, 1 + 3 * 2**-11, 65504.0, 65519.9, 65520.0, 2**-24,
           2**-25, 1.5 * 2**-25, 2**-14, 3.4028234e38, 1e-45, 2**-126, float("inf"), float("-inf"), float("nan")]
floats = torch.cat([spread, torch.tensor(corners)])
save("torch_f32", floats.numpy())
save("torch_f16", floats.to(torch.float16).numpy())
save("torch_bf16_bits", floats.to(torch.bfloat16).view(torch.int16).numpy())
save("torch_i64", torch.arange(6).reshape(2, 3).numpy())
save("torch_transposed", torch.arange(6).reshape(3, 2).t().numpy())
