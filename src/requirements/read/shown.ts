import { printable, redactText, redactUrl } from '../../text/redact.js';

/** A requirement's text for people: no line of a report or an error shows a password (P7). */
export function shownRequirement(text: string): string {
  return printable(redactText(text.trim()));
}

/** A URL in quotes, for messages. */
export function shownUrl(url: string | undefined): string {
  return `'${printable(redactUrl(url ?? ''))}'`;
}
