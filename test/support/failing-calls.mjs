// Loaded before a program (`node --import`): notes each call of the program's own code to the file system or, with
// PEEP_TEST_FAIL, lets one of them fail. Threads load it as well.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { PEEP_TEST_CALLS: log, PEEP_TEST_FAIL: wanted, PEEP_TEST_ROOT: root } = process.env;
const fault = wanted === undefined ? undefined : JSON.parse(wanted);
const { appendFileSync } = fs;
const errors = {
  EACCES: [13, 'permission denied'],
  EBUSY: [16, 'resource busy or locked'],
  EIO: [5, 'i/o error'],
  ENOSPC: [28, 'no space left on device'],
  EROFS: [30, 'read-only file system'],
};
const paths = new WeakMap();
const byDescriptor = new Map();
/** Paths that are open for writing. */
const written = new Set();
let isOver = false;

const ofPath = ([path]) =>
  typeof path === 'number' ? (byDescriptor.get(path) ?? `fd ${path}`) : String(path);

const sync = [
  ...['accessSync', 'existsSync', 'lstatSync', 'openSync', 'readFileSync', 'readdirSync', 'readlinkSync'],
  ...['realpathSync', 'statSync', 'mkdirSync', 'renameSync', 'rmSync', 'rmdirSync', 'utimesSync'],
  ...['writeFileSync', 'closeSync', 'fchmodSync', 'fstatSync', 'readSync', 'writeSync', 'unlinkSync'],
];
const later = [
  ...['access', 'lstat', 'open', 'readFile', 'readdir', 'readlink', 'realpath', 'stat', 'chmod', 'cp'],
  ...['mkdir', 'rename', 'rm', 'rmdir', 'unlink', 'utimes', 'writeFile', 'copyFile', 'symlink'],
];
const ofHandles = [
  'read',
  'readv',
  'readFile',
  'stat',
  'chmod',
  'sync',
  'write',
  'writev',
  'writeFile',
  'close',
];

for (const name of sync) fs[name] = wrapped(name, fs[name], ofPath, failSync);
for (const name of later) fs.promises[name] = wrapped(name, fs.promises[name], ofPath, failLater);
const probe = await fs.promises.open(process.execPath);
const prototype = Object.getPrototypeOf(probe);
await probe.close();
for (const name of ofHandles)
  prototype[name] = wrapped(
    `handle.${name}`,
    prototype[name],
    (_, handle) => paths.get(handle) ?? 'a handle',
    failLater,
  );
syncBuiltinESMExports();

function wrapped(name, call, pathOf, fail) {
  const replacement = function (...given) {
    const site = callSite(replacement);
    if (site === undefined) return call.apply(this, given);
    const path = pathOf(given, this);
    const key = `${name} ${kindOf(path)} ${site}`;
    const writes =
      /^(?:mkdir|rename|rm|chmod|fchmod|utimes|write|handle\.(?:chmod|sync|write|close)|unlink|cp|symlink|copyFile|close)/;
    const isWriter = writes.test(name) || (/^open/.test(name) && isForWriting(given[1]));
    if (isWriter && /^open/.test(name)) written.add(path);
    // Closing what was only read does not fail.
    if (/close/.test(name) && !written.has(path)) return call.apply(this, given);
    if (log !== undefined) appendFileSync(log, `${JSON.stringify({ key, path, isWriter })}\n`);
    if (fault?.key === key && !isOver) {
      isOver = fault.once;
      appendFileSync(fault.log, `${path}\n`);
      return fail.call(this, name, call, given, path);
    }
    return noted(name, call.apply(this, given), path);
  };
  // `realpathSync.native` and its like.
  return Object.assign(replacement, call);
}

/** Where the program itself asks: its function and line. What others ask is left alone. */
function callSite(below) {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  const holder = {};
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = limit;
  const [, site] = /^\s*at (.*peep\.mjs.*)$/m.exec(holder.stack) ?? [];
  return site?.replace(/\(?file:.*\/(peep\.mjs:\d+:\d+)\)?/, '$1');
}

/** What varies from run to run is left out: counters, random names, and which file of an environment it is. */
function kindOf(path) {
  const below = root !== undefined && path.startsWith(root) ? `~${path.slice(root.length)}` : path;
  if (below.startsWith('~/venv/lib')) return '~/venv/lib';
  return below
    .replaceAll(/[0-9a-f]{8}-\d+-(?:\d+|x)-[0-9a-f]{16}/g, 'TEMP')
    .replaceAll(/\b[0-9a-f]{64,128}\b/g, 'HEX')
    .replaceAll(/\/[0-9a-f]{2}(?=\/|$)/g, '/XX')
    .replaceAll(/\d+/g, 'N');
}

function isForWriting(flags = 'r') {
  return typeof flags === 'string' ? /[wa+]/.test(flags) : (flags & 3) !== 0;
}

function noted(name, result, path) {
  if (name === 'openSync') byDescriptor.set(result, path);
  if (name !== 'open') return result;
  return result.then((handle) => {
    paths.set(handle, path);
    byDescriptor.set(handle.fd, path);
    return handle;
  });
}

function failSync(name, call, given, path) {
  if (name === 'existsSync') return false;
  if (name === 'writeFileSync') call.call(this, given[0], half(given[1]), ...given.slice(2));
  if (name === 'closeSync') call.apply(this, given);
  throw failure(name, path);
}

async function failLater(name, call, given, path) {
  // A full disk takes a part of what is written.
  if (name === 'writeFile')
    await call.call(this, given[0], half(given[1]), ...given.slice(2)).catch(() => {});
  if (name === 'handle.writeFile' || name === 'handle.write') await call.call(this, half(given[0]));
  if (name === 'handle.close') await call.apply(this, given);
  throw failure(name, path);
}

const half = (content) =>
  typeof content === 'string' || content instanceof Uint8Array
    ? content.slice(0, Math.floor(content.length / 2))
    : content;

function failure(name, path) {
  const [errno, words] = errors[fault.code];
  const syscall = name.replace(/^handle\.|Sync$/g, '');
  return Object.assign(new Error(`${fault.code}: ${words}, ${syscall} '${path}'`), {
    ...{ errno: -errno, code: fault.code, syscall, path },
  });
}
