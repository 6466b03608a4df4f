import type { Environment } from '../../config/environment.js';
import type { LockContext } from './context.js';
import type { Lock, LockTool } from './model.js';
import { readPdmLock } from './pdm.js';
import { readPipfileLock } from './pipfile.js';
import { readPoetryLock } from './poetry.js';
import { readPylock } from './pylock.js';
import type { Recognised } from './recognise.js';
import { refusePackages } from './selection.js';
import { readUvLock } from './uv.js';

/** Reads a recognised lock file. Throws `LOCK_INVALID`, `LOCK_VERSION` and `LOCK_SELECTION`. */
export async function readLock(
  { tool, document, text }: Extract<Recognised, { readonly kind: 'lock' }>,
  context: LockContext,
  env: Environment,
): Promise<Lock> {
  if (tool !== 'uv') refusePackages(context.selection, context.place);
  if (tool === 'pipenv') return readPipfileLock(document, text, context, env);
  const readers = { uv: readUvLock, poetry: readPoetryLock, pdm: readPdmLock, pylock: readPylock };
  return readers[tool satisfies Exclude<LockTool, 'pipenv'>](document, text, context);
}
