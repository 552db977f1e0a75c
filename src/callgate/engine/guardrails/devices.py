"""Writing raw devices and making file systems."""

from __future__ import annotations

import re

from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip

_DEVICE = re.compile(
    r"/dev/(?:sd[a-z]|hd[a-z]|vd[a-z]|xvd[a-z]|nvme\d|mmcblk\d|disk\d|rdisk\d|mapper/|dm-\d|md\d|loop\d|mem$|kmem$|port$)"
)
_FORMATTERS = frozenset({"fdisk", "sfdisk", "cfdisk", "gdisk", "sgdisk", "parted", "wipefs", "blkdiscard", "mkswap",
                         "cryptsetup", "pvcreate", "badblocks", "hdparm", "newfs"})  # fmt: skip


def _trips(case: Case) -> Trip | None:
    for unit in case.analysis.units:
        for operation in unit.operations:
            if operation.kind in {"write", "delete"} and _DEVICE.match(operation.target):
                return Trip(f"it would overwrite the device `{operation.target}`", unit)
        program = unit.argv[0] if unit.argv else ""
        if program.startswith("mkfs") or program in _FORMATTERS:
            for word in unit.argv[1:]:
                if _DEVICE.match(word):
                    return Trip(f"`{program}` would destroy what is on `{word}`", unit)
    return None


RAW_DEVICE = Guardrail(
    "raw-device",
    "writes a raw device or makes a file system on one",
    "work on an image file inside the project",
    _trips,
    # What formats a device has a `system` operation, or nobody knows what it does.
    frozenset({"write", "delete", "system", "unknown"}),
)
