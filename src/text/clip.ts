import { printable } from './redact.js';

/** Maximum length of quoted text from outside. */
const maxShown = 200;

/**
 * Prepares untrusted text for one line of a message: white space becomes one blank, control characters become
 * escapes, and text after 200 characters is cut.
 */
export function clipped(text: string, maxLength = maxShown): string {
  // Cut first, so that very long text costs nothing.
  const flat = text
    .slice(0, 4 * maxLength)
    .replace(/\s+/g, ' ')
    .trim();
  const isCut = flat.length > maxLength || text.length > 4 * maxLength;
  return printable(isCut ? `${flat.slice(0, maxLength)}…` : flat);
}
