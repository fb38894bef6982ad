import { brotliCompressSync } from 'node:zlib';

/** What a browser downloads of a bundle, from a server that compresses as well as it can. */
export const compressedBytes = (bundle: string): number => brotliCompressSync(bundle).length;
