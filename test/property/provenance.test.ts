import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { builtInRootBase64 } from '../../src/provenance/built-in-root.js';
import { type RootOfTrust, readRoot } from '../../src/provenance/root.js';
import type { AttestedArchive } from '../../src/provenance/statement.js';
import { verifyProvenance } from '../../src/provenance/verify.js';
import { provenanceFolder } from '../support/real-provenance.js';
import { github, gitlab, google, newTestAuthority } from '../support/sigstore/authority.js';

/** `PEEP_MUTATIONS=10000` runs as many as issue 19 asks for. */
const count = Number(process.env.PEEP_MUTATIONS ?? 400);

interface Original {
  readonly document: unknown;
  readonly archive: AttestedArchive;
  readonly root: RootOfTrust;
}

/** A small generator with a seed (mulberry32): the same mutations in each run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function originals(): Original[] {
  const authority = newTestAuthority();
  const root = readRoot(Buffer.from(JSON.stringify(authority.trustedRoot)));
  const archive = { filename: 'demo-1.0.tar.gz', sha256: 'ab'.repeat(32) };
  const slsa = { ...archive, predicateType: 'https://slsa.dev/provenance/v1' };
  const made = [
    authority.provenance({ ...archive, identity: github('acme/demo', { environment: 'pypi' }) }),
    authority.provenance({ ...archive, log: 'v2' }),
    authority.provenance(archive, slsa),
    authority.provenance({ ...archive, identity: gitlab('a/b') }),
    authority.attest({ ...archive, identity: google('a@b.example'), log: 'v2' }),
    authority.attest({ ...archive, stamped: true }),
  ].map((document) => ({ document, archive, root }));
  return [...made, ...realOriginals()];
}

function realOriginals(): Original[] {
  if (!existsSync(provenanceFolder)) return [];
  const root = readRoot(Buffer.from(builtInRootBase64, 'base64'));
  const read = (name: string) => readFileSync(`${provenanceFolder}/${name}`);
  return [
    ['pypi_attestations-0.0.19.tar.gz', '.provenance'],
    ['gitlab_oidc_project-0.0.3.tar.gz', '.publish.attestation'],
    ['abi3info-2024.10.8-py3-none-any.whl', '.provenance'],
  ].map(([filename = '', ending]) => ({
    document: JSON.parse(read(`${filename}${ending}`).toString()) as unknown,
    archive: { filename, sha256: createHash('sha256').update(read(filename)).digest('hex') },
    root,
  }));
}

type Path = readonly (string | number)[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]))];
}

function replaceAt(value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const changed = replaceAt(copy[key], rest, change);
  if (changed === undefined && Array.isArray(copy)) copy.splice(Number(key), 1);
  else if (changed === undefined) delete copy[key];
  else copy[key] = changed;
  return copy;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** One change of a document, anywhere in it: its bytes, its values, or what its base64 encodes. */
function mutate(document: unknown, other: unknown, random: () => number): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const path = pick(leaves(document));
  const junk = [
    null,
    '',
    0,
    -1,
    2 ** 53,
    'x'.repeat(5000),
    [],
    {},
    [[]],
    true,
    '\u0000',
    '__proto__',
    'AAAA',
  ];
  const change = (old: unknown): unknown => {
    const kind = Math.floor(random() * 7);
    if (kind === 0) return undefined;
    if (kind === 1) return pick(junk);
    if (kind === 2) return at(other, path);
    if (kind === 3) return at(document, pick(leaves(document)));
    if (Array.isArray(old)) return kind === 4 ? [...old, ...old] : [...old].reverse();
    if (typeof old !== 'string' || old === '') return pick(junk);
    const bytes = Buffer.from(old, kind === 4 ? 'base64' : 'latin1');
    if (bytes.length === 0) return pick(junk);
    const index = Math.floor(random() * bytes.length);
    bytes[index] = (bytes[index] ?? 0) ^ (1 << Math.floor(random() * 8));
    return bytes.toString(kind === 4 ? 'base64' : 'latin1');
  };
  const changed = Buffer.from(JSON.stringify(replaceAt(document, path, change)) ?? '');
  if (random() < 0.8 || changed.length === 0) return changed;
  const index = Math.floor(random() * changed.length);
  if (random() < 0.5) return changed.subarray(0, index);
  changed[index] = Math.floor(random() * 256);
  return changed;
}

/** What counts of each attestation of a document, as text: signed and logged parts, less the wrapping of time stamps. */
function attestationsIn(document: unknown): string[] {
  const bundles = at(document, ['attestation_bundles']);
  const all = Array.isArray(bundles)
    ? bundles.flatMap((bundle) => at(bundle, ['attestations']) as unknown[])
    : [document];
  return all.map((attestation) => {
    const material = at(attestation, ['verification_material']);
    const [entry] = at(material, ['transparency_entries']) as unknown[];
    const signed = [at(attestation, ['envelope', 'statement']), at(attestation, ['envelope', 'signature'])];
    const fields = ['logIndex', 'logId', 'kindVersion', 'inclusionPromise', 'canonicalizedBody'];
    const proof = ['logIndex', 'rootHash', 'treeSize', 'hashes', 'checkpoint'];
    return JSON.stringify([
      ...signed,
      at(material, ['certificate']),
      ...fields.map((field) => at(entry, [field])),
      ...proof.map((field) => at(entry, ['inclusionProof', field])),
    ]);
  });
}

it(`${count} changed provenance files: none proves what the original does not`, { timeout: 600_000 }, () => {
  const random = generator(19);
  const all = originals();
  for (const { document, archive, root } of all)
    expect(verifyProvenance(Buffer.from(JSON.stringify(document)), archive, root).status).toBe('verified');
  const counts: Record<string, number> = {};
  let slowest = 0;
  for (let i = 0; i < count; i += 1) {
    const index = i % all.length;
    const { document, archive, root } = all[index] as Original;
    const bytes = mutate(document, all[(index + 1) % all.length]?.document, random);
    const start = performance.now();
    const verdict = verifyProvenance(bytes, archive, root);
    slowest = Math.max(slowest, performance.now() - start);
    const outcome = verdict.status === 'verified' ? 'harmless' : verdict.reason;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (verdict.status === 'refused') continue;
    // What was changed counts for nothing: each attestation in it is one of the originals, for this very archive.
    const known = all
      .filter((each) => each.archive === archive)
      .flatMap((each) => attestationsIn(each.document));
    for (const found of attestationsIn(JSON.parse(bytes.toString()))) expect(known).toContain(found);
  }
  if (process.env.PEEP_MUTATIONS !== undefined)
    console.log({
      count,
      ...counts,
      slowest: `${slowest.toFixed(0)} ms`,
      rss: `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
    });
  expect(counts.harmless ?? 0).toBeLessThan(count / 4);
});
