import { originOf } from '../../config/origin.js';
import { systemClock } from '../../fetch/http/clock.js';
import type { Authorization, Credentials } from '../../fetch/http/credentials.js';
import { type Challenge, parseChallenges } from './challenge.js';
import type { Login } from './docker-config.js';
import type { FindLogin } from './find-login.js';
import type { RegistryReference } from './reference.js';
import { basicHeader, fetchToken, type Token, type TokenDeps } from './token.js';

export interface RegistryCredentialsDeps extends TokenDeps {
  readonly findLogin: FindLogin;
}

/**
 * The credentials of one repository: none until the registry asks for some, then what it asks for, Basic or a Bearer
 * token, until it ends. P7: they go to the registry's own origin alone; where it redirects to, a storage with signed
 * addresses, they do not.
 */
export function registryCredentials(
  deps: RegistryCredentialsDeps,
  reference: RegistryReference,
  scopes: readonly string[],
): Credentials {
  const clock = deps.clock ?? systemClock;
  const origin = originOf(new URL(reference.origin));
  let login: Promise<Login | undefined> | undefined;
  let bearer: Challenge | undefined;
  let known: Token | undefined;
  /** Shared by all requests that are challenged at once. */
  let pending: Promise<Token | undefined> | undefined;

  async function ask(challenge: Challenge): Promise<Token | undefined> {
    login ??= deps.findLogin(reference);
    const found = await login;
    if (found?.kind === 'bearer') return forever(`Bearer ${found.token}`);
    if (challenge.scheme === 'bearer') {
      bearer = challenge;
      return fetchToken(deps, reference, challenge, scopes, found);
    }
    return found?.kind === 'password' ? forever(basicHeader(found.username, found.password)) : undefined;
  }

  function obtain(challenge: Challenge): Promise<Token | undefined> {
    pending ??= ask(challenge)
      .then((found) => {
        known = found;
        return found;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  }

  return {
    async upFront(url): Promise<Authorization | undefined> {
      if (originOf(url) !== origin) return undefined;
      if (pending !== undefined) return pending;
      const ended = known !== undefined && known.expires <= clock.now();
      return ended && bearer !== undefined ? obtain(bearer) : known;
    },

    async afterChallenge(url, _own, sent, header): Promise<Authorization | undefined> {
      if (originOf(url) !== origin) return undefined;
      const challenge = choose(parseChallenges(header ?? ''));
      if (challenge === undefined) return undefined;
      if (known !== undefined && known.header !== sent?.header) return known;
      // A password that was refused is refused again; a token may have ended.
      if (sent !== undefined && challenge.scheme === 'basic') return undefined;
      return obtain(challenge);
    },
  };
}

function forever(header: string): Token {
  return { header, expires: Number.POSITIVE_INFINITY };
}

/** A token before a password: it is good for less. */
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme }) => scheme === 'bearer') ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
