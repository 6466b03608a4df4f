// Pieces of files whose compressed form is known beforehand: a file of any size and ratio is made of them at the speed of a copy.
import { constants, deflateRawSync } from 'node:zlib';
import { randomNumbers } from './random.mjs';

/** @typedef {{ raw: Buffer, packed: Buffer }} Piece */

const random = randomNumbers(17);
const pieceSize = 4096;
const variants = 48;

const text = {
  // Documentation that says the same again and again: a fiftieth.
  tables: fill(
    (word) => `# ${word.slice(0, 2)} is the value of the field in the table of values and fields\n`,
  ),
  code: fill(
    (word, i) =>
      `def ${word}_${i}(self, value=${i}):\n    if value > ${i % 7}:\n        return self.${word}(value + ${i})\n    return [value for value in range(${i})]\n\n`,
  ),
  // Strings that hardly compress, as tables of bytes do.
  literals: fill((word, i) => `${word}_${i} = '${letters(180)}'\n`),
};
const noise = Array.from({ length: variants }, () =>
  piece(Buffer.from(Array.from({ length: pieceSize }, () => random() * 256))),
);

/** From what compresses most to what compresses least. */
const ladders = {
  python: [text.tables, text.code, text.literals].map(rung),
  data: [text.tables, text.code, noise].map(rung),
};

/** Comment lines of 1, 2, 4 … bytes, to make up a size exactly. */
const fillers = Array.from({ length: 12 }, (_, i) => piece(Buffer.from(`${'#'.repeat(2 ** i - 1)}\n`)));

/**
 * Pieces of a file of `size` bytes that compresses to about `ratio` of it. Python files can be compiled.
 * @returns {Generator<Piece>}
 */
export function* filePieces(kind, size, ratio, next) {
  const ladder = ladders[kind];
  let i = ladder.findIndex((each) => each.ratio > ratio);
  if (i < 0) i = ladder.length - 1;
  if (i === 0) i = 1;
  const [low, high] = [ladder[i - 1], ladder[i]];
  const share = Math.min(1, Math.max(0, (ratio - low.ratio) / (high.ratio - low.ratio)));
  let left = size;
  for (; left >= pieceSize; left -= pieceSize) {
    const { pieces } = next() < share ? high : low;
    yield pieces[Math.floor(next() * pieces.length)];
  }
  for (let bit = 11; bit >= 0; bit -= 1) if ((left & (1 << bit)) !== 0) yield fillers[bit];
}

/** The end of a stream of packed pieces: an empty last block. */
export const lastBlock = Buffer.from([3, 0]);

function rung(pieces) {
  const sum = (name) => pieces.reduce((total, each) => total + each[name].length, 0);
  return { pieces, ratio: sum('packed') / sum('raw') };
}

/** Pieces of exactly `pieceSize`, from lines. */
function fill(line) {
  return Array.from({ length: variants }, () => {
    let out = '';
    for (let i = 0; ; i += 1) {
      const more = line(letters(7), i);
      if (out.length + more.length > pieceSize - 2) break;
      out += more;
    }
    return piece(Buffer.from(`${out}#${' '.repeat(pieceSize - 2 - out.length)}\n`));
  });
}

function letters(count) {
  return Array.from(
    { length: count },
    () => 'abcdefghijklmnopqrstuvwxyzABCDEF'[Math.floor(random() * 32)],
  ).join('');
}

function piece(raw) {
  return { raw, packed: deflateRawSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }) };
}
