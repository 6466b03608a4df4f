import { originOf } from '../../config/origin.js';
import type { Credentials } from './credentials.js';

/** The credentials of a named index, from `PEEP_INDEX_NAME_TOKEN` and similar variables. */
export interface IndexToken {
  /** URL of the index. */
  readonly url: string;
  /** The value of the `Authorization` header; requested once, at the first request. A secret (P7). */
  readonly header: (() => Promise<string>) | undefined;
  /** More headers, by name in lower case. Also secret (P7). */
  readonly further: Readonly<Record<string, string>>;
}

/**
 * Adds the tokens of named indexes to `credentials`, for every URL of the same origin (P7): the token of the index
 * whose page linked to it, else that of the index with the longest common path. User info in the URL itself has
 * precedence.
 */
export function withIndexTokens(credentials: Credentials, tokens: readonly IndexToken[]): Credentials {
  if (tokens.length === 0) return credentials;
  const known = tokens.map((token) => {
    const parsed = new URL(token.url);
    return { ...token, origin: originOf(parsed), path: parsed.pathname.split('/') };
  });
  const closest = (url: URL, linkedBy: string | undefined): IndexToken | undefined => {
    const linking = known.find((index) => index.url === linkedBy && index.origin === originOf(url));
    if (linking !== undefined) return linking;
    const path = url.pathname.split('/');
    const shared = (other: readonly string[]) => {
      const end = other.findIndex((part, i) => part !== path[i]);
      return end === -1 ? other.length : end;
    };
    const [best] = known
      .filter(({ origin }) => origin === originOf(url))
      .sort((a, b) => shared(b.path) - shared(a.path));
    return best;
  };
  return {
    async upFront(url, own, linkedBy) {
      const bare = own.username === '' && own.password === '';
      const ask = bare ? closest(url, linkedBy)?.header : undefined;
      return ask === undefined ? credentials.upFront(url, own, linkedBy) : { header: await ask() };
    },
    afterChallenge: (url, own, sent, challenge, linkedBy) =>
      credentials.afterChallenge(url, own, sent, challenge, linkedBy),
    further: (url, linkedBy) => closest(url, linkedBy)?.further ?? {},
  };
}
