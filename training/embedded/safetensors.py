"""Read and write safetensors files with numpy alone.

The format: eight bytes (little endian) with the header's length, a JSON header that gives each tensor's type, shape and
byte range, then the bytes. Reading it here keeps torch out of the export.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

__all__ = ["Tensors", "read_tensors", "written_tensors"]

Tensors = dict[str, NDArray[np.float32]]
_TYPES: Final = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "F64": np.dtype("<f8")}


def read_tensors(data: bytes) -> Tensors:
    """Return the floating-point tensors of a safetensors file as float32; others (position ids) are left out.

    Raises:
        UsageError: ``bad_data`` when the bytes are not a complete safetensors file.
    """
    try:
        (length,) = struct.unpack_from("<Q", data)
        header = cast("dict[str, dict[str, object]]", json.loads(data[8 : 8 + length]))
        body = memoryview(data)[8 + length :]
        header.pop("__metadata__", None)
        return {name: _tensor(body, entry) for name, entry in header.items() if entry["dtype"] in _TYPES}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"these are not the bytes of a safetensors file: {error}", code="bad_data") from error


def written_tensors(tensors: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return a safetensors file of the tensors as float16, in the order of their names."""
    header: dict[str, object] = {}
    parts: list[bytes] = []
    end = 0
    for name in sorted(tensors):
        parts.append(tensors[name].astype("<f2").tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": "F16", "shape": list(tensors[name].shape), "data_offsets": [start, end]}
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + b"".join(parts)


def _tensor(body: memoryview, entry: dict[str, object]) -> NDArray[np.float32]:
    start, end = cast("list[int]", entry["data_offsets"])
    if end > len(body):
        raise ValueError(f"a tensor ends at byte {end} of {len(body)}: the file is cut short")
    flat = np.frombuffer(body[start:end], dtype=_TYPES[str(entry["dtype"])])
    return flat.reshape(cast("list[int]", entry["shape"])).astype(np.float32)
