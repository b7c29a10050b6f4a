"""Assets and archives of Pulumi's protocol: files that go with a resource.

On the wire they are objects with a signature, the digest that the engine computed, and where their
content is: a text, a path on this machine, or (an archive) more assets by name. They pass through
the stand-in as they are; what a cloud needs is their digest, to compare, and their bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.providers.cloud import CloudError

SIGNATURE = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
# The earliest that a ZIP file can say: the same files always give the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


def is_archive(value: Any) -> bool:
    """Whether a property's value is an archive."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) == ARCHIVE


def digest(value: Any) -> Any:
    """What two archives or assets are compared by, wherever their files are."""
    if isinstance(value, Mapping) and value.get(SIGNATURE) in (ASSET, ARCHIVE):
        return {"hash": value["hash"]} if value.get("hash") else dict(value)
    return value


def zipped(archive: Mapping[str, Any]) -> bytes:
    """A ZIP file of an archive; the same content gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in sorted(_files(archive, "")):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
    return packed.getvalue()


def _files(value: Mapping[str, Any], name: str) -> Iterator[tuple[str, bytes]]:
    if value.get(SIGNATURE) == ASSET:
        yield name, _content(value)
    elif "assets" in value:
        for below, inner in value["assets"].items():
            yield from _files(inner, f"{name}/{below}" if name else below)
    elif path := value.get("path"):
        where = Path(path)
        if not where.is_dir():
            raise CloudError(f"the sandbox packs folders and files, not the archive {where.name}")
        for found in sorted(where.rglob("*")):
            if found.is_file():
                below = found.relative_to(where).as_posix()
                yield f"{name}/{below}" if name else below, found.read_bytes()
    else:
        raise CloudError("the sandbox fetches no archive from elsewhere")


def _content(asset: Mapping[str, Any]) -> bytes:
    if "text" in asset:
        return str(asset["text"]).encode()
    if path := asset.get("path"):
        return Path(path).read_bytes()
    raise CloudError("the sandbox fetches no asset from elsewhere")
