import type { SourceLocation } from './errors.js';
import { printable } from './redact.js';

/** `requirements.txt, line 3`. */
export function placeText({ file, line }: SourceLocation): string {
  return `${printable(file)}, line ${line}`;
}
