/** What differs from run to run, by the word that stands for it: `{ '[HOME]': directory.path }`. */
export type Names = Readonly<Record<string, string>>;

/** Output as it can be compared with a snapshot: ports, directories, durations and sizes are replaced by words. */
export function filtered(output: string, names: Names = {}): string {
  // The longest first: one directory may lie in another.
  const places = Object.entries(names).sort(([, a], [, b]) => b.length - a.length);
  const named = places.reduce((text, [word, value]) => text.replaceAll(value, word), output);
  return named
    .replace(/\b(127\.0\.0\.1|localhost):\d+/g, '$1:[PORT]')
    .replace(/\b\d+(\.\d+)? ?(ms|s|min)\b/g, '[TIME]')
    .replace(/\b\d+(\.\d+)? ?(B|bytes|[kKMG]i?B)\b(\/s)?/g, '[SIZE]$3')
    .replace(/[ \t]+$/gm, '');
}
