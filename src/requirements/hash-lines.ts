import { asSha256, type Digest, formatDigest, toPeepDigest } from '../hash/digest.js';
import type { Pin } from './pin.js';

/** peep's hash comment for a sha256 digest: `# sha256: L9XU_-…`. */
export function peepHashLine(digest: Digest): string {
  return `# sha256: ${toPeepDigest(digest)}`;
}

/** pip's hash option: `--hash=sha256:HEX`. */
export function pipHashOption(digest: Digest): string {
  return `--hash=${formatDigest(digest)}`;
}

/**
 * Lines to paste for a pin with `digests`, in the style of its line, without a final line end. peep's comments only
 * support sha256, so other algorithms are written in pip's style.
 */
export function hashLines(pin: Pin, digests: readonly Digest[]): string {
  const comments = pin.hashStyle === 'peep' ? digests.filter((digest) => asSha256(digest) !== undefined) : [];
  const options = digests.filter((digest) => !comments.includes(digest));
  const requirement = [pin.requirement, ...pin.pipOptions].join(' ');
  return [...comments.map(peepHashLine), pipRequirement(requirement, options)].join('\n');
}

/** A requirement with pip's hash options on continuation lines, indented by four spaces, as printed by `peep port`. */
export function pipRequirement(requirement: string, digests: readonly Digest[]): string {
  return [requirement, ...digests.map((digest) => `    ${pipHashOption(digest)}`)].join(' \\\n');
}
