import { PeepError } from '../../text/errors.js';
import { networkError } from './failures.js';

/**
 * Of one run: the servers that gave no answer. Who has a hundred pins must not wait a hundred times for one that is down.
 */
export class UnreachableOrigins {
  /** Through all tries of one request. Others are tried once, or not at all where that would take another time-out. */
  readonly #lost = new Map<string, 'unreachable' | 'silent'>();
  /** Requests that may be answered elsewhere are aborted, or not begun, once one try to the same server got no answer. */
  readonly #unanswered = new Map<string, AbortController>();

  lose(origin: string, how: 'unreachable' | 'silent'): void {
    this.#lost.set(origin, how);
    this.giveUp(origin);
  }

  isLost(origin: string): boolean {
    return this.#lost.has(origin);
  }

  isSilent(origin: string): boolean {
    return this.#lost.get(origin) === 'silent';
  }

  /** One try got no answer. */
  giveUp(origin: string): void {
    this.#controllerOf(origin).abort(silentBefore(origin));
  }

  /** Aborted as soon as one try got no answer. */
  unanswered(origin: string): AbortSignal {
    return this.#controllerOf(origin).signal;
  }

  #controllerOf(origin: string): AbortController {
    const known = this.#unanswered.get(origin) ?? new AbortController();
    this.#unanswered.set(origin, known);
    return known;
  }
}

/** A request that was not waited for, since its answer may come from elsewhere: asked again, it would be. */
export class NotWaitedFor extends PeepError {
  constructor({ code, message, hint, facts, cause }: PeepError) {
    super(code, message, { hint, facts, cause });
  }
}

/** True if the server let the request pass unanswered: no connection, or no word on it. */
export function isUnanswered(error: PeepError): boolean {
  return error.code === 'NETWORK_UNREACHABLE' || error.code === 'NETWORK_TIMEOUT';
}

export function silentBefore(url: string): PeepError {
  return networkError('NETWORK_TIMEOUT', url, 'the server gave no answer before in this run', {
    hint: 'Try again; --timeout SECONDS waits longer.',
  });
}
