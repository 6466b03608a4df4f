import { createHash } from 'node:crypto';
import type { Clock } from '../../src/fetch/http/clock.js';
import type { Digest } from '../../src/hash/digest.js';
import { Verification, type VerifiedArchive } from '../../src/hash/verification.js';
import type { Login } from '../../src/store/oci/docker-config.js';
import { parseReference } from '../../src/store/oci/reference.js';
import { openRegistry, type Registry, type RegistryOptions } from '../../src/store/oci/registry.js';
import { memorySpool } from '../support/memory-hold.js';
import { fakeClock, type TransportOptions, transport } from '../unit/fetch/support.js';

export interface ClientOptions extends TransportOptions {
  readonly login?: Login | undefined;
  readonly write?: boolean;
  readonly mountFrom?: RegistryOptions['mountFrom'];
  readonly scheme?: 'oci' | 'oci+https';
  /** By default no time passes between retries. */
  readonly clock?: Clock;
}

/** A client of `host`'s repository, with no more than what is asked for. */
export function client(host: string, repository: string, options: ClientOptions = {}): Registry {
  const { login, write = false, mountFrom = [], scheme = 'oci', clock = fakeClock(), ...network } = options;
  const deps = {
    transport: transport(network),
    retries: network.retries ?? 0,
    clock,
    findLogin: async () => login,
  };
  const reference = parseReference(`${scheme}://${host}/${repository}`);
  return openRegistry(deps, reference, { write, mountFrom });
}

export function sha256Of(bytes: Uint8Array): Digest {
  return { algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') };
}

export async function verified(
  filename: string,
  bytes: Buffer,
  digest = sha256Of(bytes),
): Promise<VerifiedArchive> {
  const verification = new Verification([digest], memorySpool());
  for (let at = 0; at < bytes.length; at += 60_000) await verification.write(bytes.subarray(at, at + 60_000));
  return verification.finish(filename);
}

/** Bytes that no other call makes. */
export function noise(seed: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let made = 0; made < size; made += 64)
    blocks.push(createHash('sha512').update(`${seed} ${made}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}
