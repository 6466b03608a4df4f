/**
 * Indented JSON for a file or stdout. Escapes control characters that JSON allows unescaped, because such files are
 * printed to terminals.
 */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`.replaceAll(/[\u007f-\u009f]|\p{Cf}/gu, (character) =>
    character.split('').map(escaped).join(''),
  );
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
