"""Takes out of a TensorFlow wheel what tfjs-node's addon needs: the two libraries and the C headers.

    python3 unpack-tensorflow.py WHEEL BINDING_FOLDER TARGET

A wheel holds about 10,000 headers; those that BINDING_FOLDER's sources reach are followed by their includes,
because each TensorFlow release moves a few of them.
"""

import re
import shutil
import sys
import zipfile
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
LIBRARY = re.compile(r"tensorflow/(libtensorflow_(?:cc|framework)\.so\.\d+)")

wheel = zipfile.ZipFile(sys.argv[1])
binding, target = Path(sys.argv[2]), Path(sys.argv[3])
names = set(wheel.namelist())

libraries = target / "lib"
libraries.mkdir(parents=True)
for name in names:
    if match := LIBRARY.fullmatch(name):
        with wheel.open(name) as source, open(libraries / match[1], "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)

pending = [
    header
    for source in sorted(binding.iterdir())
    if source.suffix in (".cc", ".h")
    for header in INCLUDE.findall(source.read_text())
]
seen = set()
while pending:
    header = pending.pop()
    name = f"tensorflow/include/{header}"
    if header in seen or name not in names:
        continue
    seen.add(header)
    text = wheel.read(name)
    copy = target / "include" / header
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(text)
    pending += INCLUDE.findall(text.decode())
