import { printable, redactText, redactUrl } from '../../text/redact.js';

/** The text of a requirement for reports and errors, without passwords (P7). */
export function shownRequirement(text: string): string {
  return printable(redactText(text.trim()));
}

/** A URL in quotes, for messages. */
export function shownUrl(url: string | undefined): string {
  return `'${printable(redactUrl(url ?? ''))}'`;
}
