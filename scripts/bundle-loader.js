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
let __source;
function __load(name) {
  if (!name.startsWith('./')) return __node(name);
  const known = __loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  __loaded.set(name, module);
  (__chunks.get(name) ?? __compile(name))(module.exports, __load, module);
  return module.exports;
}
function __compile(name) {
  __source ??= __file.toString('utf8');
  const head = `\n/*@@ ${name}\n`;
  const found = __source.indexOf(head);
  if (found === -1) throw new Error(`this copy of peep is damaged: ${name} is not in it`);
  const start = found + head.length;
  const code = __source.slice(start, __source.indexOf('\n@@*/', start)).replaceAll('*~/', '*/');
  const lineOffset = __source.slice(0, start).split('\n').length - 1;
  return compileFunction(code, ['exports', 'require', 'module', '__program'], {
    filename: fileURLToPath(__program),
    lineOffset,
  });
}
