import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';

const __program = import.meta.url;
const __node = createRequire(__program);
const __chunks = new Map();
const __loaded = new Map();
// Read at once: who replaces this file meanwhile does not change what runs.
const __file = readFileSync(new URL(__program));
function __load(name) {
  if (!name.startsWith('./')) return __node(name);
  const known = __loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  __loaded.set(name, module);
  (__chunks.get(name) ?? __compile(name))(module.exports, __load, module);
  return module.exports;
}
// The last line tells where each module lies: its first byte, its length, and the line that it begins in.
const __places = JSON.parse(__file.toString('latin1', __file.lastIndexOf('\n//@@ ') + 6));
function __compile(name) {
  const [start, length, lineOffset] = __places[name] ?? [0, 0, 0];
  const head = `/*@@ ${name}\n`;
  const code = __file.toString('utf8', start, start + length);
  if (__file.toString('latin1', start - head.length, start) !== head)
    throw new Error(`this copy of peep is damaged: ${name} is not in it`);
  return compileFunction(code.replaceAll('*~/', '*/'), ['exports', 'require', 'module', '__program'], {
    filename: fileURLToPath(__program),
    lineOffset,
  });
}
