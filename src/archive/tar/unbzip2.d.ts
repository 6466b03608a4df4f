declare module '@openpgp/unbzip2-stream/lib/bzip2.js' {
  const bzip2: unknown;
  export = bzip2;
}
declare module '@openpgp/unbzip2-stream/lib/bit_iterator.js' {
  const bitIterator: unknown;
  export = bitIterator;
}
