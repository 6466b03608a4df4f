import { LinePatch } from '../requirements/edit/patch.js';
import { decodeText, detectEncoding } from '../requirements/read/decode.js';
import { type LogicalLine, logicalLines, physicalLines } from '../requirements/read/lines.js';

export interface OpenFile {
  readonly patch: LinePatch;
  readonly logical: readonly LogicalLine[];
  /** The text of a physical line, counted from 1; empty if there is none. */
  text(line: number): string;
  /** Number of physical lines. */
  readonly length: number;
}

/** Changes lines of a requirements file and keeps its encoding. Throws the errors of `decodeText`. */
export function patchFile(bytes: Uint8Array, file: string, change: (open: OpenFile) => void): Uint8Array {
  const encoding = detectEncoding(bytes, file);
  decodeText(bytes, file, encoding);
  const lines = physicalLines(encoding.unpack(bytes.subarray(encoding.mark.length)));
  const patch = new LinePatch(lines);
  change({
    patch,
    logical: logicalLines(lines, file),
    text: (line) => lines[line - 1]?.text ?? '',
    length: lines.length,
  });
  return Buffer.concat([encoding.mark, encoding.pack(patch.apply())]);
}
