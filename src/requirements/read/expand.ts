import type { Environment } from '../../config/environment.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { secretsIn } from '../../text/redact.js';

/**
 * Puts the values of `${NAME}` variables into a line, as pip does: upper-case names only, and unset or empty
 * ones stay as they are. A value that would change how the line is split is refused: throws
 * `VARIABLE_UNSAFE`, which never shows the value.
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
      throw unsafe(`the value of the variable ${name} would bring an option into the line`, place);
    }
    expanded = expanded.replaceAll(variable, () => value);
    if (expanded.length > text.length + maxGrowth) throw unsafe('variables make the line too long', place);
  }
  return expanded;
}

/**
 * An error whose texts show no user info of a URL in the line `text`, and none of the values that variables brought
 * into it, nor parts of them: messages quote words, and the beginnings of long lines (P7).
 */
export function withoutSecrets(error: PeepError, text: string, env: Environment): PeepError {
  const values = [...variablesOf(text)].flatMap(([variable, name]) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    return value === undefined || value === '' ? [] : [{ variable, value }];
  });
  const secrets = [...new Set([text, expandedOr(text, env)])].flatMap(secretsIn);
  // Apart by what no message has.
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

/** `words` with `****` for all that it has in common with `secret`, from `least` characters on. */
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

/** The line with its variables; as written, where that is what is wrong with it. */
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

/** Characters of a message; a line may have a million. */
const maxMessageLength = 1000;

/** Variables make a line longer by at most so many characters. */
const maxGrowth = 1 << 20;

/** Each variable once, in order. */
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
