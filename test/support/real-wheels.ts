import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { FileSpec } from '../mock-index/scenario.js';
import { defaultPython } from './pythons.js';
import { type RealProjects, realProjects } from './real-index.js';

/** A real wheel of the machine with what decides whether it is worth installing in a test. */
export interface RealWheel {
  readonly project: string;
  readonly version: string;
  readonly file: FileSpec;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** `scripts`, `data`, `headers`, `purelib`, `platlib`: schemes of its data directory; `entry`: has script entry points. */
  readonly parts: readonly string[];
}

const question = `
import json, sys, zipfile
from email.parser import Parser
found = {}
for path in json.load(sys.stdin):
    try:
        wheel = zipfile.ZipFile(path)
        names = wheel.namelist()
        info = [n for n in names if n.endswith('.dist-info/METADATA')][0]
        parts = sorted(set(n.split('/')[1] for n in names if '.data/' in n and n.count('/') > 1))
        entry = info[:-8] + 'entry_points.txt'
        if entry in names and b'console_scripts' in wheel.read(entry):
            parts.append('entry')
        needs = Parser().parsestr(wheel.read(info).decode('utf-8', 'replace')).get('Requires-Python')
        found[path] = [needs, parts]
    except Exception:
        pass
print(json.dumps(found))`;

/**
 * The real wheels of at most `maxBytes` where the user's pip looks for archives, one of each project, with the
 * Requires-Python that their pages may lack; empty where there are none.
 */
export async function realWheels(maxBytes: number): Promise<readonly RealWheel[]> {
  const projects: RealProjects = (await realProjects()) ?? {};
  const candidates = Object.entries(projects).flatMap(([project, files]) =>
    files.flatMap((file) =>
      file.filename.endsWith('.whl') && 'path' in file.bytes
        ? [{ project, file, path: file.bytes.path }]
        : [],
    ),
  );
  const sized = await Promise.all(
    candidates.map(async (each) => ({
      ...each,
      bytes: (await stat(each.path).catch(() => undefined))?.size,
    })),
  );
  const small = sized.flatMap(({ bytes, ...each }) =>
    bytes === undefined || bytes > maxBytes ? [] : [{ ...each, bytes }],
  );
  const facts = await factsOf(small.map(({ path }) => path));
  return Promise.all(
    small.flatMap(({ project, file, path, bytes }) => {
      const [requiresPython, parts] = facts[path] ?? [null, []];
      if (facts[path] === undefined) return [];
      const spec = { ...file, ...(requiresPython !== null && { requiresPython }) };
      return [withDigest({ project, file: spec, path, bytes, parts })];
    }),
  );
}

async function factsOf(
  paths: readonly string[],
): Promise<Readonly<Record<string, readonly [string | null, string[]]>>> {
  const python = await defaultPython();
  if (python === undefined || paths.length === 0) return {};
  const running = promisify(execFile)(python.path, ['-c', question], { maxBuffer: 1 << 24 });
  running.child.stdin?.end(JSON.stringify(paths));
  return JSON.parse((await running).stdout) as Record<string, [string | null, string[]]>;
}

async function withDigest(wheel: Omit<RealWheel, 'version' | 'sha256'>): Promise<RealWheel> {
  const sha256 = createHash('sha256')
    .update(await readFile(wheel.path))
    .digest('hex');
  return { ...wheel, version: wheel.file.filename.split('-')[1] ?? '', sha256 };
}
