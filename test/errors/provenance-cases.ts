import type { FileSpec, Route } from '../mock-index/scenario.js';
import { github, newTestAuthority } from '../support/sigstore/authority.js';
import { hash, quill } from './archives.js';
import type { Case, Shown, World } from './world.js';

const recorded = ['# attested-by: github acme/quill release.yml id=1001', `quill==1.0 ${hash}`];
const authority = newTestAuthority();
const announced: FileSpec = { ...quill, json: { provenance: '/provenance' } };

/** `peep fetch` of quill, whose publisher is recorded, from an index that gives this for its provenance. */
function given(file: FileSpec, route?: Route): Case['run'] {
  return async (world) => {
    const routes = route === undefined ? {} : { '/provenance': route };
    const index = await world.serve({ projects: { quill: [file] }, routes });
    world.write('root.json', JSON.stringify(authority.trustedRoot));
    return world.fetch(recorded, ['-i', index.url, '--trusted-root', 'root.json']);
  };
}

/** `peep pin` of quill, which has no hash yet. */
async function pinned(world: World, file: FileSpec, args: readonly string[] = []): Promise<Shown> {
  const index = await world.serve({ projects: { quill: [file] } });
  world.write('requirements.txt', 'quill==1.0\n');
  return world.peep(['pin', '-r', 'requirements.txt', '--for', '3.11:any', '-i', index.url, ...args]);
}

const { filename, sha256 } = quill;
const identity = github('somebody/quill', { id: '2002' });
const byOthers = JSON.stringify(authority.provenance({ filename, sha256, identity }));
const ofOthers = JSON.stringify(authority.provenance({ filename, sha256: 'ab'.repeat(32) }));

/** Who published an archive. */
export const provenanceCases: readonly Case[] = [
  {
    code: 'PUBLISHER_CHANGED',
    cause:
      'The provenance of the archive verifies, and its certificate names another publisher than the `# attested-by:` lines above the requirement do. Either the project moved, or somebody else published these bytes.',
    run: given(announced, { body: byOthers }),
  },
  {
    code: 'PROVENANCE_REFUSED',
    cause:
      'What the index gives as provenance does not verify: it is broken, was made for other bytes, or is not signed by whom it names. docs/provenance.md explains the word in parentheses.',
    run: given(announced, { body: ofOthers }),
  },
  {
    code: 'PROVENANCE_MISSING',
    cause:
      'A publisher is recorded (or `--require-provenance` is given), and no index of the run has provenance of the archive. Mirrors often drop it.',
    run: given(quill),
  },
  {
    code: 'PROVENANCE_UNAVAILABLE',
    cause: 'The page of the index names an address for the provenance, and there is none.',
    run: given(announced),
  },
  {
    code: 'ARCHIVE_TOO_NEW',
    cause:
      '`peep pin --min-age` (or `min-age` in `[tool.peep]`) keeps archives from being pinned until others had time to look at them.',
    run: (world) => pinned(world, { ...quill, uploadTime: '2026-01-02T03:04:05Z' }, ['--min-age', '5000w']),
  },
  {
    code: 'PROJECT_HELD',
    cause:
      'The file was yanked, or the project is archived or quarantined at its index. What is pinned already is installed with a warning; a new pin has to name the project.',
    run: (world) => pinned(world, { ...quill, yanked: 'breaks pens' }),
  },
  {
    code: 'TRUSTED_ROOT_INVALID',
    cause:
      'The file of `--trusted-root` or PEEP_TRUSTED_ROOT is not there, or is not a root of trust of Sigstore.',
    run: (world) => {
      world.write('root.json', '{}');
      return world.fetch(recorded, ['--trusted-root', 'root.json']);
    },
  },
];
