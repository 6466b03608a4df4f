import { describe, expect, it } from 'vitest';
import { scriptEntryPoints } from '../../../src/packaging/entry-points.js';
import { isWrapper } from '../../../src/verify/wrapper.js';

const entryPoint = { name: 'quill', module: 'quill.cli', object: 'app.main' };
const isPython = (path: string) => path === '/v/bin/python3.11';

const pip = `#!/v/bin/python3.11
# -*- coding: utf-8 -*-
import re
import sys
from quill.cli import app
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(app.main())
`;
const newPip = `#!/v/bin/python3.11
import sys
from quill.cli import app
if __name__ == '__main__':
    if sys.argv[0].endswith('.exe'):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(app.main())
`;
const uv = `#!/v/bin/python3.11
# -*- coding: utf-8 -*-
import sys
from quill.cli import app
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(app.main())
`;
/** Of virtualenv, which asks distlib. */
const distlib = pip
  .replace('from quill.cli import app\n', '')
  .replace("'__main__':\n", "'__main__':\n    from quill.cli import app\n");
const longPath = pip.replace(/^.*\n/, `#!/bin/sh\n'''exec' "/v/bin/python3.11" "$0" "$@"\n' '''\n`);

describe('a script for an entry point', () => {
  it.each([
    ['pip', pip],
    ['the newest pip', newPip],
    ['uv', uv],
    ['distlib', distlib],
    ['pip, where the path is long', longPath],
    ['pip on Windows lines', pip.replaceAll('\n', '\r\n')],
  ])('is known as %s writes it', (_, text) => {
    expect(isWrapper(text, entryPoint, isPython)).toBe(true);
  });

  it.each([
    ['another import where it runs', distlib.replace('quill.cli', 'evil.cli')],
    ['another Python', pip.replace('/v/bin', '/tmp/bin')],
    ['a Python with arguments', pip.replace('python3.11', 'python3.11 -i')],
    ['one line more', pip.replace('import re\n', 'import re\nimport evil\n')],
    ['a line after the end', `${pip}import evil\n`],
    ['two statements on a line', pip.replace('import sys', 'import sys; import evil')],
    ['another module', pip.replace('quill.cli', 'quill_cli')],
    ['another function', pip.replace('app.main()', 'app.other()')],
    ['no call at all', pip.replace(/ {4}sys\.exit.*\n/, '')],
    ['another shell line', longPath.replace('"$@"', '"$@"; evil')],
    ['a shell in place of Python', longPath.replace('/v/bin/python3.11', '/bin/sh')],
    ['nothing', ''],
  ])('is not known with %s', (_, text) => {
    expect(isWrapper(text, entryPoint, isPython)).toBe(false);
  });
});

it('entry points are those of the two sections of scripts', () => {
  const text = `# a comment
[console_scripts]
quill = quill.cli:app.main
ink=quill.ink:main [extra]

[quill.plugins]
x = quill.x:X
[ gui_scripts ]
pen = quill.pen:run
broken
`;
  expect(scriptEntryPoints(text)).toEqual([
    { name: 'quill', module: 'quill.cli', object: 'app.main' },
    { name: 'ink', module: 'quill.ink', object: 'main' },
    { name: 'pen', module: 'quill.pen', object: 'run' },
  ]);
});
