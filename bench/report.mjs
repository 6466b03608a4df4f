// Tables of docs/bench.md. Each command writes its own section and leaves the others.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plot } from './plot.mjs';
import { root } from './sources.mjs';

const page = join(root, 'docs/bench.md');

/** Replaces what stands between the marks of that section. */
export function writeSection(name, text) {
  const [start, end] = [`<!-- bench: ${name} -->`, `<!-- end of ${name} -->`];
  const before = readFileSync(page, 'utf8');
  const [from, to] = [before.indexOf(start), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/bench.md has no section '${name}'`);
  writeFileSync(page, `${before.slice(0, from + start.length)}\n\n${text.trim()}\n\n${before.slice(to)}`);
}

export function mainSection(rows, failures, { pip, uv, node, cores, model }) {
  const lines = rows.flatMap((row) => {
    const pips = row.tools.find(({ tool }) => tool === 'pip');
    return row.tools.map(({ tool, wall, processor, memory }, i) => {
      const what =
        i === 0
          ? `${row.kind} ${row.set}, ${row.state}, ${row.network} | ${row.count} | ${mega(row.bytes)}`
          : ' | | ';
      const ratio = pips === undefined || tool === 'pip' ? '' : `${(pips.wall / wall).toFixed(2)} ×`;
      const name = tool.startsWith('peep') ? `**${tool}**` : tool;
      return `| ${what} | ${name} | ${wall.toFixed(2)} s | ${ratio} | ${processor.toFixed(1)} s | ${mega(memory)} |`;
    });
  });
  return [
    `Medians of up to ${Math.max(0, ...rows.map(({ runs }) => runs))} runs in turn on one machine: ${cores} cores (${model ?? 'unknown'}), Node ${node}, pip ${pip}${uv === undefined ? '' : `, uv ${uv}`}.`,
    '“× pip” is how many times as long pip takes.',
    '',
    '| what | archives | size | tool | time | × pip | processor | peak memory |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
    ...failures.map((failure) => `Not measured: ${failure}.\n`),
  ].join('\n');
}

/** How many times as long as peep fetch pip takes. */
export function writePlot(rows) {
  const bars = rows.flatMap(({ kind, set, state, network, tools }) => {
    const time = (name) => tools.find(({ tool }) => tool === name)?.wall;
    const [own, pips] = [time('peep'), time('pip')];
    if (own === undefined || pips === undefined || state === 'nothing to do') return [];
    return [{ label: `${kind} ${set}, ${state}, ${network}`, ratio: pips / own }];
  });
  writeFileSync(join(root, 'docs/bench.svg'), plot(bars));
}

function mega(bytes) {
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}
