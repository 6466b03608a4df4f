import type { SourceLocation } from '../../text/errors.js';
import type { LogicalLine } from './lines.js';
import type { RequirementsLine } from './requirements-line.js';

/** Warnings about text that is valid but probably a mistake. */
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
      message: `the hash in line ${hash.line} is above the comment in line ${commentedOut.line}, but applies to line ${place.line}`,
      hint: `If it belongs to the commented-out requirement, comment it out as well: put another # before line ${hash.line}.`,
      place,
    });
  }
  if (nearHash !== undefined && kind === 'requirement') {
    warnings.push({
      message: `line ${nearHash} looks like a hash comment but is not one, so peep ignores it`,
      hint: `Write it as \`# sha256: DIGEST\`, with a space after # and after the colon, or remove it.`,
      place,
    });
  }
  if (behindRemark !== undefined) {
    warnings.push({
      message: `the comment in line ${behindRemark} ends in a backslash: pip reads line ${place.line} as part of the comment, but peep reads it as a line of its own`,
      hint: `Remove the backslash from line ${behindRemark}, or move the comment to a line of its own.`,
      place,
    });
  }
  return warnings;
}
