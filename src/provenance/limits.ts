/** Limits for reading one provenance file. Real ones have 6 to 10 KB. */
export const limits = {
  /** Maximum size of the file in bytes. */
  fileBytes: 1 << 20,
  bundles: 8,
  attestations: 16,
  certificateBytes: 16 << 10,
  /** Maximum number of bytes of the signed statement, and of the copy of the entry in the log. */
  statementBytes: 256 << 10,
  signatureBytes: 1024,
  checkpointBytes: 8 << 10,
  checkpointSignatures: 16,
  /** A log with 2^63 entries needs no longer proof. */
  proofHashes: 63,
  timestamps: 4,
  timestampBytes: 16 << 10,
  /** Maximum number of characters of a name, URL or ref in a certificate. */
  claimCharacters: 1024,
} as const;

/** Time limit for one file in its thread in milliseconds, and limit of its heap in megabytes. */
export const threadLimits = { milliseconds: 2000, heapMegabytes: 96 } as const;
