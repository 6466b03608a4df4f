import type { Environment } from '../../config/environment.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { secretsIn } from '../../text/redact.js';

/**
 * Expands `${NAME}` variables in a line as pip does: only upper-case names; unset or empty ones stay unchanged. A
 * value that would change how the line is split is refused: throws `VARIABLE_UNSAFE`, which never contains the
 * value.
 */
export function expandVariables(text: string, env: Environment, place: SourceLocation): string {
  let expanded = text;
  for (const [variable, name] of variablesOf(text)) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined || value === '') continue;
    if (/[\s\u0000-\u001f\u007f-\u009f]/.test(value)) {
      throw unsafe(`the value of the variable ${name} contains white space or control characters`, place);
    }
    if (value.startsWith('-') && startsWord(expanded, variable)) {
      throw unsafe(`the value of the variable ${name} would add an option to the line`, place);
    }
    expanded = expanded.replaceAll(variable, () => value);
    if (expanded.length > text.length + maxGrowth) throw unsafe('variables make the line too long', place);
  }
  return expanded;
}

/**
 * Masks secrets in an error (P7): messages quote words and the start of long lines, so its texts must not contain
 * user info of a URL in the line `text`, the values of variables in it, or parts of either.
 */
export function withoutSecrets(error: PeepError, text: string, env: Environment): PeepError {
  const values = [...variablesOf(text)].flatMap(([variable, name]) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    return value === undefined || value === '' ? [] : [{ variable, value }];
  });
  const secrets = [...new Set([text, expandedOr(text, env)])].flatMap(secretsIn);
  // Join the secrets by a character that no message contains.
  const spelled = [...new Set(secrets.flatMap((secret) => [secret, decoded(secret)]))].join('\u0000');
  const clean = (words: string): string => {
    const named = values.reduce((rest, { variable, value }) => rest.replaceAll(value, () => variable), words);
    let masked = named.length > maxMessageLength ? `${named.slice(0, maxMessageLength)}…` : named;
    for (const { value } of values) masked = withoutPieces(masked, value, 16);
    return withoutPieces(masked, spelled, 4);
  };
  const facts = Object.entries(error.facts).map(([key, fact]) => [
    key,
    typeof fact === 'string' ? clean(fact) : fact,
  ]);
  return new PeepError(error.code, clean(error.message), {
    hint: error.hint === undefined ? undefined : clean(error.hint),
    place: error.place,
    facts: Object.fromEntries(facts),
  });
}

/** `words` with `****` in place of everything that it has in common with `secret`, from `least` characters on. */
function withoutPieces(words: string, secret: string, least: number): string {
  let rest = '';
  for (let i = 0; i < words.length; ) {
    let length = secret.length < least ? 0 : least;
    if (length === 0 || i + length > words.length || !secret.includes(words.slice(i, i + length))) {
      rest += words.charAt(i++);
      continue;
    }
    while (i + length < words.length && secret.includes(words.slice(i, i + length + 1))) length++;
    rest += '****';
    i += length;
  }
  return rest;
}

/** The line with its variables expanded; as written, if the variables are the error. */
function expandedOr(text: string, env: Environment): string {
  try {
    return expandVariables(text, env, { file: '', line: 0 });
  } catch {
    return text;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Maximum number of characters of a message to check; a line may have a million. */
const maxMessageLength = 1000;

/** Maximum number of characters that variables may add to a line. */
const maxGrowth = 1 << 20;

/** The variables in the order of first use. */
function variablesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([variable, name = '']) => [variable, name]));
}

function startsWord(text: string, variable: string): boolean {
  for (let at = text.indexOf(variable); at !== -1; at = text.indexOf(variable, at + 1)) {
    if (at === 0 || /[ \t"']/.test(text.charAt(at - 1))) return true;
  }
  return false;
}

function unsafe(message: string, place: SourceLocation): PeepError {
  return new PeepError('VARIABLE_UNSAFE', message, {
    place,
    hint: 'Variables may stand for parts of a word, such as a password or a version; write options into the file.',
  });
}
