import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { hash } from './archives.js';
import { makeWorld } from './world.js';

const source = fileURLToPath(new URL('../../src', import.meta.url));

it('every place that makes an error says the way out', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  const found = files.flatMap((path) => {
    const text = readFileSync(join(source, path), 'utf8');
    return callsIn(text)
      .filter(({ code }) => !code.includes('hint'))
      .map(({ line }) => `src/${path}, line ${line}`);
  });
  expect(found).toEqual([]);
});

it('a marker that cannot be evaluated refuses its own line, and the others are looked at', async () => {
  await using world = makeWorld();
  const report = world.path('report.json');
  const lines = [`inkpot==1.0 ; sys_platform ~= 'linux' ${hash}`, `quill==1.0 ${hash}`];
  const { status } = await world.fetch(lines, ['--report', report]);
  const { requirements } = JSON.parse(readFileSync(report, 'utf8'));
  expect(requirements.map((each: { status: string }) => each.status)).toEqual(['refused', 'verified']);
  expect(status).toBe(1);
});

/** The text of each `new PeepError(…)` and `networkError(…)`, up to its closing parenthesis. */
function callsIn(text: string): { readonly line: number; readonly code: string }[] {
  const starts = text.matchAll(/(?:new PeepError|(?:throw|return) networkError)\(/g);
  return [...starts].map(({ index }) => {
    const code = text.slice(index, endOfCall(text, text.indexOf('(', index)));
    return { line: text.slice(0, index).split('\n').length, code };
  });
}

function endOfCall(text: string, open: number): number {
  let depth = 0;
  // Texts are passed over as wholes.
  const tokens = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|[()]/g;
  tokens.lastIndex = open;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    if (found[0] === '(') depth++;
    else if (found[0] === ')' && --depth === 0) return found.index;
  }
  return text.length;
}
