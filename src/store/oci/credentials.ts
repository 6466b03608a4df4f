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
 * The credentials of one repository: none until the registry sends a challenge, then Basic or a Bearer token, as
 * requested, until the token expires. P7: they are only sent to the registry's own origin, and not to a storage
 * server that it redirects to with signed URLs.
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
  /** Shared by all requests that are challenged at the same time. */
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
      // A rejected password stays rejected; a token may have expired.
      if (sent !== undefined && challenge.scheme === 'basic') return undefined;
      return obtain(challenge);
    },
  };
}

function forever(header: string): Token {
  return { header, expires: Number.POSITIVE_INFINITY };
}

/** Prefer a token to a password: it grants less. */
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme }) => scheme === 'bearer') ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
