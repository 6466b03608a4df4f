import { PeepError } from '../../text/errors.js';
import { networkError } from './failures.js';

/**
 * The servers that did not answer in this run. With a hundred pins, peep must not wait a hundred times for a server
 * that is down.
 */
export class UnreachableOrigins {
  /**
   * Servers that failed after all attempts of one request. Requests to an unreachable server are then tried only
   * once; requests to a silent server are not sent, because each would take another time-out.
   */
  readonly #lost = new Map<string, 'unreachable' | 'silent'>();
  /**
   * Per server: after an attempt without an answer, aborts the requests that another server may answer too, and
   * prevents further ones.
   */
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

  /** An attempt got no answer. */
  giveUp(origin: string): void {
    this.#controllerOf(origin).abort(silentBefore(origin));
  }

  /** Aborted when an attempt gets no answer. */
  unanswered(origin: string): AbortSignal {
    return this.#controllerOf(origin).signal;
  }

  #controllerOf(origin: string): AbortController {
    const known = this.#unanswered.get(origin) ?? new AbortController();
    this.#unanswered.set(origin, known);
    return known;
  }
}

/**
 * Thrown when a server does not answer and peep does not wait for it, because another server may have the file. peep
 * waits when it repeats the request.
 */
export class NotWaitedFor extends PeepError {
  constructor({ code, message, hint, facts, cause }: PeepError) {
    super(code, message, { hint, facts, cause });
  }
}

/** True if the server did not answer: no connection, or no response. */
export function isUnanswered(error: PeepError): boolean {
  return error.code === 'NETWORK_UNREACHABLE' || error.code === 'NETWORK_TIMEOUT';
}

export function silentBefore(url: string): PeepError {
  return networkError('NETWORK_TIMEOUT', url, 'the server did not answer earlier in this run', {
    hint: 'Try again; --timeout SECONDS waits longer.',
  });
}
