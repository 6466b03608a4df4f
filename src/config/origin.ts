/** `scheme://host:port` with the default port written out; credentials and trust are compared by it. */
export function originOf(url: URL): string {
  return `${url.protocol}//${url.hostname}:${portOf(url)}`;
}

export function portOf(url: URL): string {
  return url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80';
}

/** localhost, 127.0.0.0/8 and ::1: plain http is safe there, as in pip. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

/** True if the host of `url` is in `--trusted-host`, given as `host` (any port) or `host:port`. */
export function isTrusted(url: URL, trustedHosts: readonly string[]): boolean {
  return trustedHosts.some((entry) => {
    const { host, port } = splitHost(entry.trim());
    return host === bare(url.hostname) && (port === undefined || port === portOf(url));
  });
}

/** A host with an optional port; IPv6 addresses with or without brackets. Lower case, without brackets. */
export function splitHost(text: string): { readonly host: string; readonly port: string | undefined } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text);
  // More than one colon and no brackets: an IPv6 address.
  if (match === null) return { host: bare(text.toLowerCase()), port: undefined };
  return { host: bare((match[1] ?? '').toLowerCase()), port: match[2] };
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
