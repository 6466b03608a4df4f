import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';
import type { IndexBinding } from './index-bindings.js';
import { indexUrl, type PathContext } from './values.js';

/** By index URL: statuses, besides 404 and 410, that mean the index does not have the project. */
export type MissingStatuses = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * Parses `--missing-status INDEX=STATUS`; INDEX is the name of an `--index`, or the URL of an index of the run.
 * Storage such as S3 answers 403 for a missing file if the client may not list files. Throws `USAGE`.
 */
export function parseMissingStatuses(
  texts: readonly string[],
  {
    indexUrls,
    bindings,
  }: { readonly indexUrls: readonly string[]; readonly bindings: readonly IndexBinding[] },
  context: PathContext,
): MissingStatuses {
  const known = [...indexUrls, ...bindings.map(({ url }) => url)];
  const statuses = new Map<string, Set<number>>();
  for (const text of texts) {
    const [, index = '', status = ''] = /^(.+)=(\d{3})$/s.exec(text) ?? [];
    // 401 asks for a password and 429 for a pause; a status of 500 or more is a server error.
    if (!/^4\d\d$/.test(status) || status === '401' || status === '429')
      throw usage(
        `--missing-status '${redactUrl(text)}' is not INDEX=STATUS`,
        'STATUS is a number from 400 to 499, except 401 and 429. Example: --missing-status https://index.example/simple/=403',
      );
    const named = bindings.find(({ name }) => name === index.toLowerCase())?.url;
    const wanted = named ?? withoutLogin(indexUrl(index, '--missing-status', context));
    const urls = known.filter((url) => url === wanted || withoutLogin(url) === wanted);
    if (urls.length === 0)
      throw usage(
        `--missing-status names '${redactUrl(index)}', which is not an index of this run`,
        'Name an index of this run by its name or URL.',
      );
    for (const url of urls) statuses.set(url, (statuses.get(url) ?? new Set()).add(Number(status)));
  }
  return statuses;
}

function withoutLogin(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}

function usage(message: string, hint: string): PeepError {
  return new PeepError('USAGE', message, { hint });
}
