// Draws the rooms of src/ from the imports of its files, into ARCHITECTURE.md between the lines of the picture. An arrow
// goes from a room to one that it imports; those that follow from others are left out. `--check` changes nothing and
// fails when the picture is not the one of today.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));
const page = fileURLToPath(new URL('../ARCHITECTURE.md', import.meta.url));
const [start, end] = ['<!-- rooms: npm run rooms -->', '<!-- end of rooms -->'];

const text = readFileSync(page, 'utf8');
const [before, rest] = text.split(start);
const after = rest?.split(end)[1];
if (before === undefined || after === undefined)
  throw new Error(`ARCHITECTURE.md has no '${start}' and '${end}'`);
const drawn = `${before}${start}\n\n\`\`\`mermaid\n${draw(importsOfRooms())}\`\`\`\n\n${end}${after}`;
if (process.argv.includes('--check')) {
  if (drawn !== text) {
    console.error('The picture in ARCHITECTURE.md is not the one of today: npm run rooms draws it.');
    process.exitCode = 1;
  }
} else writeFileSync(page, drawn);

/** The rooms that each room imports, types included. */
function importsOfRooms() {
  const rooms = new Map();
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.ts')) continue;
    const path = file.replaceAll('\\', '/');
    const room = roomOf(path);
    const imported = rooms.get(room) ?? new Set();
    rooms.set(room, imported);
    const code = readFileSync(`${source}/${path}`, 'utf8');
    for (const [, specifier] of code.matchAll(/(?:\bfrom\s+|\bimport\(\s*)'(\.[^']+)'/g)) {
      const other = roomOf(posix.join(posix.dirname(path), specifier));
      if (other !== room) imported.add(other);
    }
  }
  return rooms;
}

/** `cli.ts` and `cli/` are one room. */
function roomOf(path) {
  return path.split('/')[0].replace(/\.(ts|js)$/, '');
}

function draw(rooms) {
  const reached = (from, seen = new Set()) => {
    for (const next of rooms.get(from) ?? []) {
      if (!seen.has(next)) reached(next, seen.add(next));
    }
    return seen;
  };
  const arrows = [...rooms].flatMap(([room, imported]) =>
    [...imported]
      .filter((other) => ![...imported].some((between) => between !== other && reached(between).has(other)))
      .sort()
      .map((other) => `  ${room} --> ${other}\n`),
  );
  return `flowchart TD\n${arrows.sort().join('')}`;
}
