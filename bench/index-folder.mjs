// An index of a set as files: archives, their METADATA, a JSON page for each project, and a lock with as many digests as real ones.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { randomDigest, randomNumbers, seedOf } from './random.mjs';
import { namesOf } from './sets.mjs';
import { writeWheel } from './wheel-maker.mjs';

/**
 * Writes the set below `directory`, or answers what lies there from a run before.
 * @returns {{ requirements: string, count: number, bytes: number, pageBytes: number, digests: number,
 *   files: { filename: string, project: string, sha256: string }[] }}
 */
export function writeIndex(directory, archives) {
  const summaryPath = join(directory, 'set.json');
  const shapes = createHash('sha256').update(JSON.stringify(archives)).digest('hex');
  if (existsSync(summaryPath)) {
    const summary = JSON.parse(readFileSync(summaryPath, 'utf8'));
    if (summary.shapes === shapes) return summary;
  }
  for (const name of ['files', 'simple']) mkdirSync(join(directory, name), { recursive: true });
  const summary = { shapes, requirements: join(directory, 'requirements.txt') };
  Object.assign(summary, { count: archives.length, bytes: 0, pageBytes: 0, digests: 0, files: [] });
  const lines = [];
  for (const shape of archives) {
    const { name, version, project } = namesOf(shape.filename);
    const path = join(directory, 'files', shape.filename);
    const made = shape.path === undefined ? writeWheel(path, shape) : linkTo(path, shape.path);
    if (made.metadata !== undefined) writeFileSync(`${path}.metadata`, made.metadata);
    const { page, digests } = projectPage(shape, made);
    writeFileSync(join(directory, 'simple', `${project}.json`), page);
    writeFileSync(join(directory, 'simple', `${project}.json.gz`), gzipSync(page, { level: 6 }));
    lines.push(
      `${name}==${version} ${digests.map((digest) => `\\\n    --hash=sha256:${digest}`).join(' ')}\n`,
    );
    summary.bytes += made.size;
    summary.pageBytes += page.length;
    summary.digests += digests.length;
    summary.files.push({ filename: shape.filename, project, sha256: made.sha256 });
  }
  writeFileSync(summary.requirements, lines.join(''));
  writeFileSync(summaryPath, JSON.stringify(summary));
  return summary;
}

function linkTo(path, target) {
  symlinkSync(target, path);
  return { size: statSync(target).size, sha256: sha256Of(readFileSync(target)), metadata: undefined };
}

/** The page, and the digests of the pinned version's files, which a lock lists all. */
function projectPage({ filename, pageBytes, pageFiles, versionFiles, digests }, { size, sha256, metadata }) {
  const next = randomNumbers(seedOf(`page of ${filename}`));
  const { name, version, project } = namesOf(filename);
  const ofVersion = Math.max(1, versionFiles, digests);
  const older = Math.max(0, pageFiles - ofVersion);
  const entries = [];
  const versions = new Set();
  for (let i = 0; i < older; i += 1) {
    // As many files a version as the pinned one has.
    const old = `0.${Math.floor(i / ofVersion)}.1`;
    versions.add(old);
    entries.push(entry(otherName(name, old, i % ofVersion), randomDigest(next), next));
  }
  versions.add(version);
  for (let i = 1; i < ofVersion; i += 1)
    entries.push(entry(otherName(name, version, i), randomDigest(next), next));
  const wanted = { ...entry(filename, sha256, next), size };
  if (metadata !== undefined) wanted['core-metadata'] = { sha256: sha256Of(metadata) };
  entries.splice(older + Math.floor(next() * ofVersion), 0, wanted);
  pad(entries, pageBytes);
  const page = JSON.stringify({
    files: entries,
    meta: { 'api-version': '1.1' },
    name: project,
    versions: [...versions],
  });
  return { page, digests: entries.slice(older).map(({ hashes }) => hashes.sha256) };
}

/** Files of other platforms and Pythons, which fit no machine that this runs on. */
function otherName(name, version, i) {
  const python = 25 + Math.floor(i / 6);
  const platform = [
    'win32',
    'win_amd64',
    'macosx_11_0_arm64',
    'musllinux_1_2_s390x',
    'win_arm64',
    'macosx_10_13_x86_64',
  ][i % 6];
  return i === 0 && version.startsWith('0.')
    ? `${name}-${version}.tar.gz`
    : `${name}-${version}-cp3${python}-cp3${python}-${platform}.whl`;
}

function entry(filename, sha256, next) {
  const path = `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${randomDigest(next).slice(4)}`;
  return {
    filename,
    hashes: { sha256 },
    'requires-python': '>=3.8',
    size: 1000 + Math.floor(next() * 1e6),
    'upload-time': '2026-01-01T00:00:00.000000Z',
    url: `../../files/${path}/${filename}`,
    yanked: false,
  };
}

/** Longer addresses, until the page has about as many bytes as the real one. */
function pad(entries, bytes) {
  const sum = entries.reduce((total, each) => total + JSON.stringify(each).length + 1, 0);
  const each = Math.min(200, Math.floor((bytes - sum) / entries.length));
  if (each <= 0) return;
  for (const one of entries) one.url = one.url.replace('files/', `files/${'p'.repeat(each)}/`);
}

function sha256Of(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
