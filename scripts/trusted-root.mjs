// Writes src/provenance/built-in-root.ts from the root of trust in the npm package @sigstore/tuf. `--check` writes
// nothing, and fails when the file is not what the package has: the build runs it so.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}src/provenance/built-in-root.ts`;
const seeds = JSON.parse(readFileSync(`${root}node_modules/@sigstore/tuf/seeds.json`, 'utf8'));
const json = Buffer.from(seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'], 'base64');
const written = generated(json);

if (!process.argv.includes('--check')) writeFileSync(target, written);
else if (readFileSync(target, 'utf8') !== written) {
  console.error('src/provenance/built-in-root.ts is not the root of trust of @sigstore/tuf.');
  console.error('Run `npm run trusted-root`, and look at what changed.');
  process.exit(1);
}

/** As base64, so that the bytes are the package's own. */
function generated(bytes) {
  const lines = bytes.toString('base64').match(/.{1,100}/g) ?? [];
  return `// Written by scripts/trusted-root.mjs from the npm package @sigstore/tuf (Apache-2.0). Not to be changed by hand.
// sha256 ${createHash('sha256').update(bytes).digest('hex')}

/** Sigstore's public root of trust, trusted_root.json, in base64. */
export const builtInRootBase64 = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
}
