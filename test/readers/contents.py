# Prints what Python finds in each archive named on stdin: name, kind and digest of each file and link, or null for an
# archive that it cannot read.
import hashlib
import json
import sys
import tarfile
import zipfile


def text(name):
    return name.decode('utf-8') if isinstance(name, bytes) else name


def of_zip(path):
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.filename.endswith('/'):
                yield text(info.filename), 'file', archive.read(info)


def of_tar(path):
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isreg():
                yield text(member.name), 'file', archive.extractfile(member).read()
            elif member.issym() or member.islnk():
                target = text(member.linkname).encode('utf-8')
                yield text(member.name), 'symlink' if member.issym() else 'hardlink', target
            elif not member.isdir():
                yield text(member.name), 'other', b''


def read(path):
    try:
        of = of_zip if path.endswith('.whl') else of_tar
        return [(name, kind, hashlib.sha256(content).hexdigest()) for name, kind, content in of(path)]
    except Exception:
        return None


print(json.dumps([read(path) for path in json.load(sys.stdin)['paths']]))
