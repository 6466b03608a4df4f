import type { VerifiedArchive } from '../hash/verification.js';
import { PeepError } from '../text/errors.js';
import type { Finding, Inspection } from './inspection.js';

/** The findings that refuse an archive; with `strict`, warnings too. No option disables them. */
export function refusals(inspection: Pick<Inspection, 'findings'>, strict: boolean): readonly Finding[] {
  return inspection.findings.filter(
    ({ severity }) => severity === 'refuse' || (strict && severity === 'warn'),
  );
}

/** The findings to show as warnings when the archive is used. */
export function warnings(inspection: Pick<Inspection, 'findings'>): readonly Finding[] {
  return inspection.findings.filter(({ severity }) => severity === 'warn');
}

/** The findings shown only with `-v`. */
export function notes(inspection: Pick<Inspection, 'findings'>): readonly Finding[] {
  return inspection.findings.filter(({ severity }) => severity === 'note');
}

/**
 * The error for an archive that must not be used, or undefined. Facts: `rule` and `entry` of the first refusing
 * finding, `rules` of all of them.
 */
export function archiveRefused(
  archive: Pick<VerifiedArchive, 'filename'>,
  inspection: Pick<Inspection, 'findings'>,
  strict: boolean,
): PeepError | undefined {
  const found = refusals(inspection, strict);
  const [first] = found;
  if (first === undefined) return undefined;
  const lines = found.map(
    ({ rule, entry, message }) => `  ${rule}: ${entry === undefined ? '' : `'${entry}': `}${message}`,
  );
  return new PeepError(
    'ARCHIVE_REFUSED',
    `'${archive.filename}' is refused because of its contents, although its digest matches:\n${lines.join('\n')}`,
    {
      hint:
        first.severity === 'warn'
          ? '--strict refuses these warnings; docs/archive-rules.md explains each rule.'
          : 'docs/archive-rules.md explains each rule. Pin another archive of this version, or ask its authors to fix it.',
      facts: {
        filename: archive.filename,
        rule: first.rule,
        ...(first.entry === undefined ? {} : { entry: first.entry }),
        rules: [...new Set(found.map(({ rule }) => rule))],
      },
    },
  );
}
