# Reads base64 samples from stdin as Python's e-mail parser reads METADATA: prints Name, Version and Requires-Dist.
import base64
import json
import sys
from email.parser import Parser

out = []
for sample in json.load(sys.stdin)['samples']:
    raw = base64.b64decode(sample)
    text = raw.decode('utf-8') if sys.version_info[0] > 2 else raw
    message = Parser().parsestr(text)
    out.append([[value for value in message.get_all(field, [])] for field in ('Name', 'Version', 'Requires-Dist')])
print(json.dumps(out))
