import type { Environment } from '../../config/environment.js';
import type { Fields } from '../../text/objects.js';
import type { LockContext } from './context.js';
import type { LockTool } from './formats.js';
import type { Lock } from './model.js';
import { readPdmLock } from './pdm.js';
import { readPipfileLock } from './pipfile.js';
import { readPoetryLock } from './poetry.js';
import { readPylock } from './pylock.js';
import type { Recognised } from './recognise.js';
import { refusePackages } from './selection.js';
import { readUvLock } from './uv.js';

type Reader = (
  document: Fields,
  text: string,
  context: LockContext,
  env: Environment,
) => Lock | Promise<Lock>;

/** The reader of each format. */
const readers: Readonly<Record<LockTool, Reader>> = {
  uv: readUvLock,
  poetry: readPoetryLock,
  pdm: readPdmLock,
  pipenv: readPipfileLock,
  pylock: readPylock,
};

/** Reads a recognised lock file. Throws `LOCK_INVALID`, `LOCK_VERSION` and `LOCK_SELECTION`. */
export async function readLock(
  { tool, document, text }: Extract<Recognised, { readonly kind: 'lock' }>,
  context: LockContext,
  env: Environment,
): Promise<Lock> {
  if (tool !== 'uv') refusePackages(context.selection, context.place);
  return readers[tool](document, text, context, env);
}
