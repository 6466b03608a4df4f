import { pathToFileURL } from 'node:url';

/** The file URL of an absolute path of `platform`: ASCII, without spaces or quotes, at which pip would split it. */
export function fileUrl(path: string, platform: NodeJS.Platform): string {
  return pathToFileURL(path, { windows: platform === 'win32' }).href;
}
