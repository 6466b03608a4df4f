// The Node runtimes that scripts/runtimes.json pins: for the binaries, and for tests on each supported Node. They come
// as npm packages through the user's registry, and are kept in .runtimes/. As a program it prints the path of the Node of
// a major version for this machine: `node scripts/runtimes.mjs 24`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const kept = join(root, '.runtimes');
const pins = JSON.parse(readFileSync(join(root, 'scripts/runtimes.json'), 'utf8'));

export const thisPlatform = `${process.platform}-${process.arch}`;
export const binaryPlatforms = pins.filter(({ binary }) => binary).map(({ platform }) => platform);

/** `{ node, licence, version }` of the runtime that the binary of `platform` is made of. */
export function binaryRuntime(platform) {
  const pin = pins.find((each) => each.platform === platform && each.binary);
  if (pin === undefined)
    throw new Error(`no Node is pinned for ${platform}; there are ${binaryPlatforms.join(', ')}`);
  return fetchRuntime(pin);
}

/** A Node of the major version for this machine. */
export function supportedRuntime(major) {
  const pin = pins.find((each) => each.platform === thisPlatform && each.version.startsWith(`${major}.`));
  if (pin === undefined) throw new Error(`no Node ${major} is pinned for ${thisPlatform}`);
  return fetchRuntime(pin);
}

function fetchRuntime(pin) {
  const { package: name, version, integrity } = pin;
  const directory = join(kept, `${name}-${version}`);
  if (!existsSync(directory)) {
    console.error(`fetching ${name} ${version}`);
    mkdirSync(kept, { recursive: true });
    const temp = mkdtempSync(join(kept, 'new-'));
    try {
      execFileSync('npm', ['pack', '--silent', '--pack-destination', temp, `${name}@${version}`], {
        cwd: temp,
        stdio: ['ignore', 'ignore', 'inherit'],
        shell: process.platform === 'win32',
      });
      const [file = ''] = readdirSync(temp);
      const archive = readFileSync(join(temp, file));
      const got = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
      if (got !== integrity)
        throw new Error(`${name}@${version} has ${got}, and scripts/runtimes.json pins ${integrity}`);
      execFileSync('tar', ['-xzf', file], { cwd: temp });
      place(join(temp, 'package'), directory);
    } finally {
      rmSync(temp, { recursive: true, force: true });
    }
  }
  const node = ['bin/node', 'bin/node.exe']
    .map((path) => join(directory, path))
    .find((path) => existsSync(path));
  if (node === undefined) throw new Error(`${name}@${version} holds no Node`);
  const licence = join(directory, 'LICENSE');
  return { node, licence: existsSync(licence) ? licence : licenceOf(pin), version };
}

/** The package for Windows has no licence: that of the same version for another platform is the same text. */
function licenceOf({ version, package: name }) {
  const other = pins.find((each) => each.version === version && each.package !== name);
  if (other === undefined) throw new Error(`no package of Node ${version} with its licence is pinned`);
  return fetchRuntime(other).licence;
}

/** Another run may have fetched the same one meanwhile. */
function place(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(supportedRuntime(process.argv[2]).node);
