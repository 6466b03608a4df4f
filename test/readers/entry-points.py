# Reads samples from stdin (JSON: {"samples": [base64...]}) as the installers behind peep read entry_points.txt, and
# prints the names of the scripts that each would write. Runs on Python 2.7 and 3.6 to the newest.
import base64
import io
import json
import re
import sys


def distlib_name(util, name, value):
    try:
        entry = util.get_export_entry(u'%s = %s' % (name, value) if sys.version_info[0] > 2 else '%s = %s' % (name, value))
    except Exception:
        return None
    return None if entry is None else entry.name


def pkg_resources_pairs(pkg_resources, text):
    pairs = []
    groups = pkg_resources.EntryPoint.parse_map(text)
    for group in ('console_scripts', 'gui_scripts'):
        for entry in groups.get(group, {}).values():
            pairs.append(str(entry))
    return pairs


def main():
    samples = json.load(sys.stdin)['samples']
    try:
        from pip._vendor.distlib import util
    except ImportError:
        util = None
    try:
        from pip._vendor import pkg_resources
    except ImportError:
        pkg_resources = None
    try:
        from importlib import metadata
    except ImportError:
        metadata = None
    out = []
    for sample in samples:
        raw = base64.b64decode(sample)
        names = set()
        text = raw.decode('utf-8') if sys.version_info[0] > 2 else raw
        pairs = []
        if pkg_resources is not None:
            try:
                # pip before 20: every line stripped, then spaces taken out.
                stripped = '\n'.join(line.strip() for line in io.StringIO(text)) if sys.version_info[0] > 2 else '\n'.join(line.strip() for line in text.split('\n'))
                for spec in pkg_resources_pairs(pkg_resources, stripped):
                    pairs.append(spec.replace(' ', '').split('='))
                for spec in pkg_resources_pairs(pkg_resources, text):
                    name, _, value = spec.partition('=')
                    pairs.append([name.strip(), value.strip()])
            except Exception:
                pass
        if metadata is not None:
            try:
                if hasattr(metadata, 'EntryPoints') and hasattr(metadata.EntryPoints, '_from_text'):
                    points = list(metadata.EntryPoints._from_text(text))
                else:
                    points = list(metadata.EntryPoint._from_text(text))
                for point in points:
                    if point.group in ('console_scripts', 'gui_scripts'):
                        pairs.append([point.name, point.value])
            except Exception:
                pass
        for pair in pairs:
            if len(pair) != 2:
                continue
            names.add(pair[0])
            if util is not None:
                found = distlib_name(util, pair[0], pair[1])
                if found is not None:
                    names.add(found)
        out.append(sorted(name if not isinstance(name, bytes) else name.decode('utf-8', 'replace') for name in names))
    print(json.dumps(out))


main()
