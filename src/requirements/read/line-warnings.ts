import type { SourceLocation } from '../../text/errors.js';
import type { LogicalLine } from './lines.js';
import type { RequirementsLine } from './requirements-line.js';

/** What is read as written, and is probably not what was meant. */
export interface ReadWarning {
  readonly message: string;
  readonly hint: string;
  readonly place: SourceLocation;
}

export function lineWarnings(
  { hashComments: [hash], commentedOut, behindRemark, nearHash }: LogicalLine,
  { kind, place }: RequirementsLine,
): ReadWarning[] {
  const warnings: ReadWarning[] = [];
  if (hash !== undefined && commentedOut !== undefined && kind === 'requirement') {
    warnings.push({
      message: `the hash in line ${hash.line} stands above the comment in line ${commentedOut.line}, and counts for line ${place.line}`,
      hint: `If it belongs to the requirement in the comment, take it out as well: put another # before line ${hash.line}.`,
      place,
    });
  }
  if (nearHash !== undefined && kind === 'requirement') {
    warnings.push({
      message: `line ${nearHash} looks like a hash comment, and is none: it counts for nothing`,
      hint: `Write it as \`# sha256: DIGEST\`, with blanks behind # and the colon, or take it out.`,
      place,
    });
  }
  if (behindRemark !== undefined) {
    warnings.push({
      message: `the remark in line ${behindRemark} ends in a backslash: pip takes line ${place.line} for a part of it, and peep reads it`,
      hint: `Take the backslash out of line ${behindRemark}, or move the remark to a line of its own.`,
      place,
    });
  }
  return warnings;
}
