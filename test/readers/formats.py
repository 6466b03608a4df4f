# Prints for each file named on stdin (one a line) what Python takes it for: "zip", "tar" or "".
import json
import sys
import tarfile
import zipfile

out = []
for path in json.load(sys.stdin)['paths']:
    found = []
    if zipfile.is_zipfile(path):
        found.append('zip')
    try:
        if tarfile.is_tarfile(path):
            found.append('tar')
    except Exception:
        pass
    out.append(found)
print(json.dumps(out))
