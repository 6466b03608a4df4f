/** How a tar is packed. */
export type TarPacking = 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz';
