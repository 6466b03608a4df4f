import { PeepError } from '../text/errors.js';

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Parses a size such as `128M`, `1.5 GiB`, `64mb` or `4096` to bytes: units are powers of 1024, in any case. `from`
 * is the option to name in the message. Throws `SIZE_INVALID`.
 */
export function parseSize(text: string, from?: string): number {
  const match = /^(\d{1,16}(?:\.\d{1,9})?) ?(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim());
  const bytes =
    match === null ? Number.NaN : Number(match[1]) * (units[(match[2] ?? '').toLowerCase()] ?? Number.NaN);
  if (Number.isSafeInteger(Math.round(bytes))) return Math.round(bytes);
  throw new PeepError(
    'SIZE_INVALID',
    `${from === undefined ? '' : `${from} `}'${text}' is not a valid size`,
    {
      hint: 'Give a number of bytes, or one with K, M, G or T: 128M.',
    },
  );
}

const seconds: Readonly<Record<string, number>> = { '': 86_400, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Parses a duration such as `30`, `30d`, `12h` or `2w` to seconds; a number without a unit means days. Throws
 * `SIZE_INVALID`.
 */
export function parseSpan(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?) ?([smhdw])?$/i.exec(text.trim());
  if (match !== null) return Number(match[1]) * (seconds[(match[2] ?? '').toLowerCase()] ?? 86_400);
  throw new PeepError('SIZE_INVALID', `'${text}' is not a valid duration`, {
    hint: 'Give a number of days, or one with s, m, h, d or w: 30d.',
  });
}
