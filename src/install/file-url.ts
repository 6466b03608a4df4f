import { pathToFileURL } from 'node:url';

declare const fileUrlBrand: unique symbol;
/** A file URL of ASCII without spaces, quotes or line ends: one word in a line that pip or uv reads. */
export type FileUrl = string & { readonly [fileUrlBrand]: true };

/** The file URL of an absolute path of `platform`. */
export function fileUrl(path: string, platform: NodeJS.Platform): FileUrl {
  const { href } = pathToFileURL(path, { windows: platform === 'win32' });
  // Also escape characters that Node leaves unescaped and pip's parser treats as the end of a word.
  const text = href.replaceAll(/[^\x21-\x7e]|["'`\\#;]/g, encodeURIComponent).replaceAll("'", '%27');
  return text as FileUrl;
}
