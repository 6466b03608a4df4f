/**
 * Cookies that a gateway sets on a redirect and wants to see again, as those before some indexes do: kept for that origin
 * alone (P7), whatever `Domain` says, and for the run.
 */
export class GatewayCookies {
  readonly #byOrigin = new Map<string, Map<string, string>>();

  /** Of a redirect from `origin`; lines of `Set-Cookie`. */
  keep(origin: string, setCookie: string | undefined): void {
    if (setCookie === undefined) return;
    const cookies = this.#byOrigin.get(origin) ?? new Map<string, string>();
    this.#byOrigin.set(origin, cookies);
    for (const line of setCookie.split('\n')) {
      // RFC 6265, 4.1.1: what is not a token and value is none of ours to repeat.
      const [, name, value] =
        /^\s*([!#$%&'*+.^_`|~\w-]+)=("?[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*"?)\s*(?:;|$)/.exec(line) ??
        [];
      if (name === undefined || value === undefined || name.length + value.length > maxBytes) continue;
      cookies.delete(name);
      if (cookies.size < maxCookies) cookies.set(name, value);
    }
  }

  /** Value of the `Cookie` header for a request to `origin`. */
  headerFor(origin: string): string | undefined {
    const cookies = this.#byOrigin.get(origin);
    if (cookies === undefined || cookies.size === 0) return undefined;
    return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** RFC 6265, 6.1: as many and as large as every client takes. */
const maxCookies = 50;
const maxBytes = 4096;
