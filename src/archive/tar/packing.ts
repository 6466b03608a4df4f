/** The compression of a tar. */
export type TarPacking = 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz';
