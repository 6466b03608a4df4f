import { describe, expect, it } from 'vitest';
import { parseHexDigest } from '../../../src/hash/digest.js';
import { DigestMismatch, type VerifiedArchive } from '../../../src/hash/verification.js';
import type { Outcome } from '../../../src/prepare/outcome.js';
import type { PreparePorts } from '../../../src/prepare/ports.js';
import { createPreparer } from '../../../src/prepare/prepare.js';
import type { ArchiveLink } from '../../../src/resolver/link.js';
import { PeepError } from '../../../src/text/errors.js';
import { hex, link, pin, settings, stored, target, unhashed } from './samples.js';

interface World {
  readonly links?: readonly ArchiveLink[];
  /** Of the index that a lock file names. */
  readonly locked?: readonly ArchiveLink[];
  /** What a download of each file name answers: a digest in hex that it hashes to, or an error. */
  readonly files?: Readonly<Record<string, string | PeepError>>;
  readonly entries?: readonly ReturnType<typeof stored>[];
  readonly storeIsBad?: boolean;
  readonly listing?: readonly ArchiveLink[];
  readonly use?: () => Promise<undefined>;
}

function acquirerIn(
  world: World,
  options: { offline?: boolean; dryRun?: boolean; places?: string[]; relocate?: boolean } = {},
) {
  const log: string[] = [];
  const remembered: string[] = [];
  let entries = world.entries ?? [];
  const archive = (filename: string, sha256: string) =>
    ({
      filename,
      sha256,
      size: 1,
      release: async () => void log.push('release'),
    }) as unknown as VerifiedArchive;
  const ports: PreparePorts = {
    links: async (project, _, index) => {
      log.push(index === undefined ? `page ${project}` : `page ${project} of ${index}`);
      return { links: (index === undefined ? world.links : world.locked) ?? [], failures: [] };
    },
    registries: {
      linksFor: async () => undefined,
      everyLink: async () => [],
      provenance: () => [],
      download: async (from, { digests }, consume) => {
        log.push(`download ${from.url.startsWith(lockedAt) ? from.url : from.filename}`);
        const got = world.files?.[from.url] ?? world.files?.[from.filename] ?? hex(9);
        if (got instanceof PeepError) throw got;
        if (digests.some((digest) => digest.hex === got)) return consume(archive(from.filename, got), from);
        throw new DigestMismatch(from.filename, { algorithm: 'sha256', hex: got });
      },
    },
    stored: async (entry, _, consume) => {
      log.push(`stored ${entry.filename}`);
      if (!world.storeIsBad) return consume(archive(entry.filename, entry.sha256));
      entries = [];
      return undefined;
    },
    digest: async (from) => {
      log.push(`digest ${from.filename}`);
      return { digest: parseHexDigest('sha256', hex(7)), size: 7 };
    },
    find: async (digests) => entries.filter(({ sha256 }) => digests.some(({ hex }) => hex === sha256)),
    confirm: undefined,
    listing: () => world.listing,
    remember: (_, links) => void remembered.push(...links.map(({ filename }) => filename)),
    use: world.use ?? (async () => undefined),
    attest: async () => undefined,
    log: {
      warn: (text) => void log.push(`warn ${text}`),
      note: (text, level = 0) => void (level === 0 && log.push(`note ${text}`)),
    },
  };
  const { offline = false, dryRun = false, places, relocate = false } = options;
  const where = { ...settings, ...(places && { indexUrls: places }), relocate };
  return { preparer: createPreparer(ports, where, { offline, dryRun }), log, remembered };
}

const [one, two, three] = ['1', '2', '3'].map((build) => `useless-1.0-${build}-py3-none-any.whl`) as [
  string,
  string,
  string,
];
const gone = new PeepError('HTTP_STATUS', 'status 404');
const lockedAt = 'https://locked.example/';

describe('a pin of a lock file', () => {
  const digests = pin('useless==1.0', 1).digests;
  const links = [{ filename: one, url: lockedAt + one, size: 1, digests }];
  const withLinks = { ...pin('useless==1.0', 1), links, index: 'https://locked.example/simple' };
  const { links: _, ...withIndex } = withLinks;
  const mirror = link(one, { advertised: 1 });
  const [lockedUrl, page] = [lockedAt + one, 'page useless'];

  it.each<[string, World, boolean, Outcome['status'], string[]]>([
    [
      'is looked for where the file says',
      { files: { [one]: hex(1) } },
      false,
      'verified',
      [`download ${lockedUrl}`, 'release'],
    ],
    [
      'and in the indexes, where that link is dead',
      { links: [mirror], files: { [lockedUrl]: gone, [one]: hex(1) } },
      false,
      'verified',
      [
        `download ${lockedUrl}`,
        page,
        `download ${one}`,
        'note status 404; peep asked another location',
        'release',
      ],
    ],
    [
      'or lies',
      { links: [mirror], files: { [lockedUrl]: hex(5), [one]: hex(1) } },
      false,
      'verified',
      [`download ${lockedUrl}`, page, `download ${one}`, 'release'],
    ],
    [
      'a mismatch is reported before the trouble of others (P8)',
      { links: [mirror], files: { [lockedUrl]: hex(5), [one]: gone } },
      false,
      'mismatched',
      [`download ${lockedUrl}`, page, `download ${one}`],
    ],
    [
      'other archives of the indexes are not held against it',
      { links: [link(one, { advertised: 7 })], files: { [lockedUrl]: gone, [one]: hex(7) } },
      false,
      'unavailable',
      [`download ${lockedUrl}`, page],
    ],
    [
      'a URL that both name is asked for once',
      { links: [{ ...mirror, url: lockedUrl }], files: { [one]: gone } },
      false,
      'unavailable',
      [`download ${lockedUrl}`, page],
    ],
    [
      'with --relocate only the indexes count',
      { links: [mirror], files: { [one]: hex(1) } },
      true,
      'verified',
      [page, `download ${one}`, 'release'],
    ],
  ])('%s', async (_, world, relocate, status, expected) => {
    const { preparer, log } = acquirerIn(world, { relocate });
    expect((await preparer.prepare(withLinks, target)).status).toBe(status);
    expect(log.sort()).toEqual([...expected].sort());
  });

  it('without URLs is looked for in the index of the file, then in the others', async () => {
    const ofIndex = 'page useless of https://locked.example/simple';
    const first = acquirerIn({ locked: [mirror], files: { [one]: hex(1) } });
    expect((await first.preparer.prepare(withIndex, target)).status).toBe('verified');
    expect(first.log).toEqual([ofIndex, `download ${one}`, 'release']);
    const second = acquirerIn({ locked: [], links: [mirror], files: { [one]: hex(1) } });
    expect((await second.preparer.prepare(withIndex, target)).status).toBe('verified');
    expect(second.log.slice(0, 3)).toEqual([ofIndex, page, `download ${one}`]);
    const relocated = acquirerIn({ links: [mirror], files: { [one]: hex(1) } }, { relocate: true });
    expect((await relocated.preparer.prepare(withIndex, target)).status).toBe('verified');
    expect(relocated.log).toEqual([page, `download ${one}`, 'release']);
  });
});

describe('acquiring', () => {
  it.each<[string, World, Outcome['status'], string[]]>([
    [
      'a link that advertises the pin settles the matter',
      { links: [link(three), link(one, { advertised: 1 })], files: { [one]: hex(1), [three]: hex(1) } },
      'verified',
      ['page useless', `download ${one}`, 'release'],
    ],
    [
      'also when its bytes are others: the next is not tried',
      { links: [link(one, { advertised: 1 }), link(three)], files: { [one]: hex(5), [three]: hex(1) } },
      'mismatched',
      ['page useless', `download ${one}`],
    ],
    [
      'links without a comparable digest are tried in turn',
      { links: [link(one), link(two), link(three)], files: { [three]: hex(4), [two]: hex(1) } },
      'verified',
      ['page useless', `download ${three}`, `download ${two}`, 'release'],
    ],
    [
      'one that advertises another digest is fetched to tell what is there, alone',
      {
        links: [link(one, { advertised: 5 }), link(two, { advertised: 6 })],
        files: { [one]: hex(1), [two]: hex(6) },
      },
      'mismatched',
      ['page useless', `download ${two}`],
    ],
    [
      'trouble after a mismatch is told, and the mismatch stays one (P8)',
      { links: [link(one), link(two)], files: { [two]: hex(4), [one]: gone } },
      'mismatched',
      ['page useless', `download ${two}`, `download ${one}`, 'warn status 404'],
    ],
    [
      'trouble with one link does not keep the pinned bytes from being found in another',
      { links: [link(one), link(two)], files: { [two]: gone, [one]: hex(1) } },
      'verified',
      ['page useless', `download ${two}`, `download ${one}`, 'release'],
    ],
    [
      'a listing that knows all pinned digests leads to a stored archive, and no page is asked',
      { listing: [link(one, { advertised: 1 })], links: [link(two)], entries: [stored(one, 1)] },
      'verified',
      [`stored ${one}`, 'release'],
    ],
    [
      'a listing that does not know a pinned digest is passed over',
      {
        listing: [link(two, { advertised: 2 })],
        links: [link(one, { advertised: 1 })],
        files: { [one]: hex(1) },
      },
      'verified',
      ['page useless', `download ${one}`, 'release'],
    ],
    [
      'the store comes first',
      { links: [link(one, { advertised: 1 })], entries: [stored(one, 1)] },
      'verified',
      [`stored ${one}`, 'release'],
    ],
    [
      'a bad entry of the store is fetched again',
      {
        links: [link(one, { advertised: 1 })],
        files: { [one]: hex(1) },
        entries: [stored(one, 1)],
        storeIsBad: true,
      },
      'verified',
      [`stored ${one}`, 'page useless', `download ${one}`, 'release'],
    ],
    [
      'a refused archive is released',
      {
        links: [link(one, { advertised: 1 })],
        files: { [one]: hex(1) },
        use: () => Promise.reject(new PeepError('ARCHIVE_REFUSED', 'no')),
      },
      'refused',
      ['page useless', `download ${one}`, 'release'],
    ],
  ])('%s', async (_, world, status, expected) => {
    const { preparer, log } = acquirerIn(world);
    expect((await preparer.prepare(pin('useless==1.0', 1), target)).status).toBe(status);
    expect(log).toEqual(expected);
  });

  it('equal pins share one download, each with its own place; others do not', async () => {
    const { preparer, log } = acquirerIn({ links: [link(one, { advertised: 1 })], files: { [one]: hex(1) } });
    const pins = [pin('useless==1.0', 1), { ...pin('Useless==1.0', 1), place: { file: 'b', line: 9 } }];
    const outcomes = await Promise.all(pins.map((each) => preparer.prepare(each, target)));
    expect(outcomes.map((outcome) => 'pin' in outcome && outcome.pin)).toEqual(pins);
    expect(log.filter((line) => line.startsWith('download'))).toHaveLength(1);
    await preparer.prepare(pin('useless==1.0', 2), target);
    await preparer.prepare(pin('useless==1.0', 1), { ...target, label: 'another' });
    expect(log.filter((line) => line.startsWith('download'))).toHaveLength(3);
  });

  it('of several pinned digests, the one that the page chooses comes from the store', async () => {
    const world = {
      links: [link(one, { advertised: 1 }), link(three, { advertised: 3 }), link('useless-2.0.tar.gz')],
      entries: [stored('other-name-1.0.tar.gz', 3)],
    };
    const { preparer, log, remembered } = acquirerIn(world);
    const outcome = await preparer.prepare(pin('useless==1.0', 1, 3), target);
    expect(outcome).toMatchObject({
      status: 'verified',
      archive: { link: { filename: three, source: 'store' } },
    });
    expect(log).toEqual(['page useless', `stored ${three}`, 'release']);
    expect(remembered).toEqual([one, three]);
  });

  it('offline: the best fitting of the stored archives where no page is remembered, and it is said', async () => {
    const { preparer, log } = acquirerIn({ entries: [stored(one, 1), stored(two, 2)] }, { offline: true });
    expect((await preparer.prepare(pin('useless==1.0', 1, 2, 3), target)).status).toBe('verified');
    expect(log.slice(1)).toEqual([`stored ${two}`, 'release']);
    expect(log[0]).toContain('note');
  });

  it('a pin without digests is hashed and given to nobody', async () => {
    const use = () => Promise.reject(new Error('must not be used'));
    const { preparer, log } = acquirerIn({ links: [link(one)], entries: [stored(one, 1)], use });
    expect(await preparer.prepare(unhashed('useless==1.0'), target)).toMatchObject({
      status: 'missing',
      got: { hex: hex(7) },
    });
    expect(log).toEqual(['page useless', `digest ${one}`]);
  });

  it('a dry run reads pages alone, and never the store (P10)', async () => {
    const { preparer, log } = acquirerIn({ links: [link(one)], entries: [stored(one, 1)] }, { dryRun: true });
    expect((await preparer.prepare(pin('useless==1.0', 1), target)).status).toBe('chosen');
    expect(log).toEqual(['page useless']);
  });

  it('a dry run says when the index tells of no pinned archive', async () => {
    const { preparer, log } = acquirerIn({ links: [link(one, { advertised: 5 })] }, { dryRun: true });
    expect(await preparer.prepare(pin('useless==1.0', 1), target)).toMatchObject({
      status: 'unavailable',
      error: {
        code: 'NOT_FOUND',
        message: expect.stringContaining('no archive of useless==1.0 has the pinned digest'),
      },
    });
    expect(log).toEqual(['page useless']);
  });

  it('offline: asks nothing where every place is remote, and local places otherwise', async () => {
    const world = { links: [link(one)], files: { [one]: hex(1) } };
    const remote = acquirerIn(world, { offline: true });
    const outcome = await remote.preparer.prepare(pin('useless==1.0', 1), target);
    expect(outcome).toMatchObject({ status: 'unavailable', error: { code: 'OFFLINE_MISSING' } });
    expect(remote.log).toEqual([]);
    const local = acquirerIn(world, { offline: true, places: ['file:///srv/simple/'] });
    expect((await local.preparer.prepare(pin('useless==1.0', 1), target)).status).toBe('verified');
  });

  it('what is no trouble with the archive ends the run', async () => {
    const broken = new PeepError('STORE_UNUSABLE', 'the disk is full');
    const { preparer } = acquirerIn({ links: [link(one)], files: { [one]: broken } });
    await expect(preparer.prepare(pin('useless==1.0', 1), target)).rejects.toBe(broken);
  });

  it('a yanked file is warned of, with its reason', async () => {
    const yanked = { ...link(one, { advertised: 1 }), yanked: 'it breaks' };
    const { preparer, log } = acquirerIn({ links: [yanked], files: { [one]: hex(1) } });
    await preparer.prepare(pin('useless==1.0', 1), target);
    expect(log[1]).toBe(
      `warn useless==1.0: ${one} was yanked from its index; the reason given is: it breaks`,
    );
  });
});
