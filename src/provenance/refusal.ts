/** Why a provenance file proves nothing. Documented in docs/provenance.md. */
export type RefusalReason =
  /** Not a provenance object of PEP 740: wrong JSON, layout or base64, or the wrong number of some items. */
  | 'malformed'
  | 'too-large'
  /** Needs more time or memory than any real file. */
  | 'too-slow'
  /** The root of trust does not have the log of the entry, or the authority of the time stamp. */
  | 'unknown-log'
  /** The promise, proof or checkpoint of the log is invalid, or the entry is about something else. */
  | 'log-entry'
  | 'timestamp'
  /** No chain to the root of trust at the time of signing, or not a certificate of Sigstore. */
  | 'certificate'
  | 'signature'
  /** PEP 740 does not define this type of signed statement. */
  | 'statement'
  /** Signed and logged, but for another file name or other bytes. */
  | 'other-archive'
  /** peep cannot name the publisher in the certificate: another issuer, or inconsistent claims. */
  | 'unknown-publisher'
  /** The publisher according to the index differs from that of the certificate. */
  | 'other-publisher';

/** Never thrown outside of this directory; `verifyProvenance` returns a verdict. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message);
  }
}

/** Runs `step`; any error other than a refusal becomes a refusal with `reason`. */
export function refuseOnError<T>(reason: RefusalReason, message: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(reason, message);
  }
}
