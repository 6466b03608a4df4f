import { pathToFileURL } from 'node:url';

/** The file URL of an absolute path of `platform`: ASCII, without spaces or quotes that pip would split at. */
export function fileUrl(path: string, platform: NodeJS.Platform): string {
  return pathToFileURL(path, { windows: platform === 'win32' }).href;
}
