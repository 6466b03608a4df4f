/** Why a provenance proves nothing. Documented in docs/provenance.md. */
export type RefusalReason =
  /** No provenance object of PEP 740: JSON, layout, base64, a number of things that is not the expected one. */
  | 'malformed'
  | 'too-large'
  /** More time or memory than any honest file takes. */
  | 'too-slow'
  /** The entry comes from a log, or the time stamp from an authority, that the root of trust does not have. */
  | 'unknown-log'
  /** The log's promise, proof or checkpoint does not hold, or the entry speaks of something else. */
  | 'log-entry'
  | 'timestamp'
  /** No chain to the root of trust at the time of signing, or no certificate of Sigstore's kind. */
  | 'certificate'
  | 'signature'
  /** The signed statement is none of those that PEP 740 knows. */
  | 'statement'
  /** Signed and logged, but for another file name or other bytes. */
  | 'other-archive'
  /** The certificate names somebody whom peep cannot name: another issuer, or claims that do not fit together. */
  | 'unknown-publisher'
  /** The index names another publisher than the certificate does. */
  | 'other-publisher';

/** Thrown inside of this room alone; `verifyProvenance` answers with a verdict. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message);
  }
}

/** Runs `step`; whatever it throws that is no refusal of its own becomes one of `reason`. */
export function refuseOnError<T>(reason: RefusalReason, message: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(reason, message);
  }
}
