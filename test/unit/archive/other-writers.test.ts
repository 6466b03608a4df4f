import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectSample } from '../../hostile/verified.js';

const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);
const git = spawnSync('git', ['--version']).status === 0;

/** Writes one project with tarfile in its formats and with zipfile, seekable and not, with ZIP64 and without. */
const script = `
import io, os, sys, tarfile, time, zipfile
os.chdir(sys.argv[1])
tree = [('demo-1.0/', None),
        ('demo-1.0/PKG-INFO', b'Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n'),
        ('demo-1.0/pyproject.toml', b'[build-system]\\nrequires = ["x"]\\n'),
        ('demo-1.0/caf\\u00e9.txt', b'x'),
        ('demo-1.0/' + 'd' * 90 + '/' + 'e' * 120 + '.txt', b'y' * 1000)]
for name in 'USTAR', 'GNU', 'PAX':
    with tarfile.open(name + '.tar.gz', 'w:gz', format=getattr(tarfile, name + '_FORMAT')) as tar:
        for path, content in tree[:4] if name == 'USTAR' else tree:
            info = tarfile.TarInfo(path.rstrip('/'))
            info.mtime = int(time.time()) if name == 'USTAR' else time.time()
            info.uid = 5 if name == 'USTAR' else 3000000
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            info.size = len(content or b'')
            tar.addfile(info, io.BytesIO(content or b''))
        for path, kind, target in (('link', tarfile.SYMTYPE, './' * 40 + 'PKG-INFO'),
                                   ('hard', tarfile.LNKTYPE, 'demo-1.0/PKG-INFO')):
            info = tarfile.TarInfo('demo-1.0/' + path)
            info.type, info.linkname = kind, target
            tar.addfile(info)
class Stream(io.RawIOBase):
    def __init__(self, file): self.file = file
    def writable(self): return True
    def write(self, data): return self.file.write(data)
for name, wrap, big in (('plain', None, False), ('zip64', None, True), ('stream', Stream, False), ('stream64', Stream, True)):
    with open(name + '.zip', 'wb') as file:
        with zipfile.ZipFile(wrap(file) if wrap else file, 'w', zipfile.ZIP_DEFLATED) as archive:
            for path, content in tree:
                if content is None or not big:
                    archive.writestr(path, content or b'')
                else:
                    with archive.open(path, 'w', force_zip64=True) as entry: entry.write(content)
with zipfile.ZipFile('many.zip', 'w') as archive:
    archive.writestr('demo-1.0/PKG-INFO', tree[1][1])
    archive.writestr('demo-1.0/setup.py', '')
    for i in range(66000): archive.writestr('demo-1.0/f%d' % i, '')
`;

const directory = mkdtempSync(join(tmpdir(), 'peep-writers-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const look = (file: string, origin: 'index' | 'url' = 'index') =>
  inspectSample({
    filename: file.endsWith('.zip') ? 'demo-1.0.zip' : 'demo-1.0.tar.gz',
    bytes: readFileSync(join(directory, file)),
    expected: { origin },
  });

describe.skipIf(python === undefined)('archives that Python writes (skipped: no Python on PATH)', () => {
  beforeAll(() => void execFileSync(python ?? '', ['-c', script, directory]));

  it.each(['USTAR.tar.gz', 'GNU.tar.gz', 'PAX.tar.gz', 'plain.zip', 'zip64.zip', 'many.zip'])(
    '%s',
    async (file) => {
      expect(await look(file)).toMatchObject({ project: 'demo', version: '1.0', findings: [] });
    },
  );

  it.each(['stream.zip', 'stream64.zip'])('%s, which warns once of its data descriptors', async (file) => {
    expect((await look(file)).findings.map(({ rule }) => rule)).toEqual(['zip-descriptor-used']);
  });
});

describe.skipIf(!git)('archives that git writes, as forges do (skipped: no git on PATH)', () => {
  it.each(['tar.gz', 'zip'])('%s', async (format) => {
    const run = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
        cwd: directory,
      });
    run('init', '-q', format);
    const blob = run('-C', format, 'hash-object', '-w', '-t', 'blob', '/dev/null').toString().trim();
    run('-C', format, 'update-index', '--add', '--cacheinfo', `100644,${blob},setup.py`);
    run('-C', format, 'update-index', '--add', '--cacheinfo', `100755,${blob},tools/run`);
    run('-C', format, 'commit', '-qm', 'x');
    run(
      '-C',
      format,
      'archive',
      '--prefix=demo-a1b2c3/',
      `--format=${format}`,
      `--output=../git.${format}`,
      'HEAD',
    );
    expect(await look(`git.${format}`, 'url')).toMatchObject({ kind: 'sdist', findings: [] });
  });
});
