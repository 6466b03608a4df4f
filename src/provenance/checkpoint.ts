import { decodeBase64 } from './json-fields.js';
import { limits } from './limits.js';
import { Refusal } from './refusal.js';

export interface Checkpoint {
  readonly treeSize: string;
  readonly rootHash: Buffer;
  /** The first four bytes of the key id of each log or witness that signed. */
  readonly keyHints: readonly Buffer[];
}

/**
 * The name of a log is its host; that of a witness may include a path. The library builds a RegExp from the name,
 * so no other characters are allowed.
 */
const signerName = /^[A-Za-z0-9][A-Za-z0-9.-]*(?:\/[A-Za-z0-9._-]+)*$/;

/**
 * Reads the signed note of a log strictly (C2SP tlog-checkpoint): origin, size and root hash on one line each, an
 * empty line, signatures. The library verifies the signatures.
 */
export function readCheckpoint(envelope: string): Checkpoint {
  if (Buffer.byteLength(envelope) > limits.checkpointBytes)
    throw new Refusal('too-large', 'a checkpoint of the log is too long');
  const [note = '', signatures = '', ...more] = envelope.split('\n\n');
  const [origin = '', treeSize = '', rootHash = ''] = note.split('\n');
  if (more.length > 0 || !/^[ -~]{1,255}$/.test(origin) || !/^[1-9][0-9]{0,18}$/.test(treeSize))
    throw broken();
  const lines = signatures.split('\n');
  if (lines.pop() !== '' || lines.length === 0 || lines.length > limits.checkpointSignatures) throw broken();
  return { treeSize, rootHash: decodeBase64(rootHash, 'checkpoint'), keyHints: lines.map(readKeyHint) };
}

function readKeyHint(line: string): Buffer {
  const [dash, name = '', signature, ...more] = line.split(' ');
  if (dash !== '\u2014' || name.length > 255 || !signerName.test(name) || more.length > 0) throw broken();
  return decodeBase64(signature, 'checkpoint').subarray(0, 4);
}

function broken(): Refusal {
  return new Refusal('malformed', 'a checkpoint of the log is malformed');
}
