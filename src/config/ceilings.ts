/**
 * Limits on input that peep does not control: answers of servers, local pages, netrc, certificates. Sizes are in
 * bytes, times in milliseconds.
 */
export const ceilings = {
  /** Maximum size of all header lines of one response. */
  headerBlock: 64 * 1024,
  /** Maximum size of an index page, both as sent and as decoded. */
  page: 64 * 1024 * 1024,
  /** Maximum total size of the pages that are read at the same time; one page alone may exceed it. */
  pages: 64 * 1024 * 1024,
  /** Maximum size of an archive, whether or not the index states its size. */
  archive: 16 * 1024 * 1024 * 1024,
  redirects: 20,
  /** The longest `Retry-After` that is honoured. */
  retryAfter: 60_000,
  /** An unwanted body is read up to this size, so that its connection can be reused. */
  discard: 64 * 1024,
  /** Maximum size of the header block of a proxy's answer to CONNECT. */
  proxyAnswer: 16 * 1024,
  netrc: 1024 * 1024,
  certificates: 16 * 1024 * 1024,
  keyringTime: 60_000,
} as const;

/**
 * The minimum speed of a transfer, besides the idle time-out: a server that sends only a few bytes now and then is
 * cut off if a whole window brings less than this. Time in which peep itself does not read is not counted.
 */
export const minSpeed = { bytes: 15 * 1024, window: 60_000 } as const;
