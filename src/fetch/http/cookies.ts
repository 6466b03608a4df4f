/**
 * Cookies that a gateway in front of an index sets on a redirect and requires afterwards. Kept for that origin only
 * (P7), whatever `Domain` says, and for one run.
 */
export class GatewayCookies {
  readonly #byOrigin = new Map<string, Map<string, string>>();

  /** Stores the cookies of a redirect from `origin`; `lines` are its `Set-Cookie` lines. */
  keep(origin: string, setCookie: string | undefined): void {
    if (setCookie === undefined) return;
    const cookies = this.#byOrigin.get(origin) ?? new Map<string, string>();
    this.#byOrigin.set(origin, cookies);
    for (const line of setCookie.split('\n')) {
      // RFC 6265, 4.1.1: ignore anything that is not a token and value.
      const [, name, value] =
        /^\s*([!#$%&'*+.^_`|~\w-]+)=("?[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*"?)\s*(?:;|$)/.exec(line) ??
        [];
      if (name === undefined || value === undefined || name.length + value.length > maxBytes) continue;
      cookies.delete(name);
      if (cookies.size < maxCookies) cookies.set(name, value);
    }
  }

  /** The value of the `Cookie` header for a request to `origin`. */
  headerFor(origin: string): string | undefined {
    const cookies = this.#byOrigin.get(origin);
    if (cookies === undefined || cookies.size === 0) return undefined;
    return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** RFC 6265, 6.1: the number and size of cookies that every client accepts. */
const maxCookies = 50;
const maxBytes = 4096;
