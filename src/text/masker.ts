import { secretsIn } from './redact.js';

/**
 * Masks the text before the last `@` of URLs in command line words (or variables), anywhere in an output text: for
 * messages about an option, or a path that was meant as a URL (P7). User info without a colon is masked from eight
 * characters on, so that ordinary words stay visible. Undefined if there is nothing to mask.
 */
export function createMasker(words: readonly string[]): ((text: string) => string) | undefined {
  const secrets = new Set(words.flatMap(userInfosIn).flatMap(spellings));
  if (secrets.size === 0) return undefined;
  // Replace longer secrets first, because a secret may be part of another one.
  const ordered = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((shown, secret) => shown.replaceAll(secret, () => '****'), text);
}

function userInfosIn(word: string): readonly string[] {
  return secretsIn(word)
    .map((secret) =>
      word.includes(`${secret}@`) ? secret : secret.slice(0, Math.max(secret.lastIndexOf('@'), 0)),
    )
    .map((secret) => secret.replace(/^[/\\]+/, ''))
    .filter((secret) => secret.length >= (secret.includes(':') ? 4 : 8));
}

/** The text itself, its form in a normalised path, and both as they appear in JSON. */
function spellings(secret: string): readonly string[] {
  const plain = [secret, secret.replace(/\/{2,}/g, '/')];
  return [...plain, ...plain.map((text) => JSON.stringify(text).slice(1, -1))];
}
