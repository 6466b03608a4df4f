/** Limits on everything that comes from a server. Sizes in bytes, times in milliseconds. */
export const ceilings = {
  /** All header lines of one response. */
  headerBlock: 64 * 1024,
  /** An index page as sent, and as decoded. */
  page: 64 * 1024 * 1024,
  /** All pages that are being read, one of which may always go on. */
  pages: 64 * 1024 * 1024,
  /** An archive whose size nobody advertised, and an advertised one. */
  archive: 16 * 1024 * 1024 * 1024,
  redirects: 20,
  /** The longest `Retry-After` that is honoured. */
  retryAfter: 60_000,
  /** What is left of an unwanted body is read up to here, so that its connection can be used again. */
  discard: 64 * 1024,
  /** What the answer of a proxy to CONNECT may take: its own header block. */
  proxyAnswer: 16 * 1024,
  netrc: 1024 * 1024,
  certificates: 16 * 1024 * 1024,
  keyringTime: 60_000,
} as const;

/**
 * The least speed of a transfer, next to the idle time-out: a server that keeps a connection alive with a few
 * bytes now and then is cut when a whole window brought less than this. Time in which peep itself does not read
 * does not count.
 */
export const minSpeed = { bytes: 15 * 1024, window: 60_000 } as const;
