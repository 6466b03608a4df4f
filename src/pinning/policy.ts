import type { Pin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { ProjectLinks } from '../resolver/pages/client.js';
import { PeepError } from '../text/errors.js';
import { printable, redactUrl } from '../text/redact.js';

export interface PinPolicy {
  /** `--min-age`, in seconds. */
  readonly minAge: number | undefined;
  /** `--accept-status`: projects that are pinned even if yanked, archived or quarantined. */
  readonly accepted: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Why a policy forbids pinning an archive, if one does. Pure. */
export function policyObjection(
  pin: Pin,
  link: ArchiveLink,
  statuses: ProjectLinks['statuses'],
  policy: PinPolicy,
): PeepError | undefined {
  return (
    tooNew(pin, link, policy) ??
    (policy.accepted.has(pin.source.project ?? '') ? undefined : heldBack(pin, link, statuses))
  );
}

function tooNew(
  pin: Pin,
  { filename, uploadTime }: ArchiveLink,
  { minAge, now }: PinPolicy,
): PeepError | undefined {
  if (minAge === undefined) return undefined;
  const uploaded = Date.parse(uploadTime ?? '');
  const facts = `${pin.requirement}: '${filename}'`;
  if (Number.isNaN(uploaded)) {
    return new PeepError('ARCHIVE_TOO_NEW', `${facts} is not pinned: its index gives no upload time`, {
      place: pin.place,
      hint: 'Name an index that gives upload times (JSON, PEP 700), or leave out --min-age for this pin.',
    });
  }
  const allowed = uploaded + minAge * 1000;
  if (allowed <= now) return undefined;
  const when = new Date(allowed).toISOString().slice(0, 16);
  return new PeepError(
    'ARCHIVE_TOO_NEW',
    `${facts} is not pinned before ${when}Z: it was uploaded ${printable(uploadTime ?? '')}`,
    {
      place: pin.place,
      hint: 'Wait, pin an older version, or give another --min-age.',
    },
  );
}

/** PEP 592 and 792. */
function heldBack(
  pin: Pin,
  { filename, yanked }: ArchiveLink,
  statuses: ProjectLinks['statuses'],
): PeepError | undefined {
  const project = pin.source.project ?? '';
  const hint = `Find out why; \`--accept-status ${project}\` pins it anyway.`;
  if (yanked !== false) {
    const why = yanked === '' ? 'no reason is given' : printable(yanked);
    return new PeepError(
      'PROJECT_HELD',
      `${pin.requirement}: '${filename}' was yanked from its index: ${why}`,
      {
        place: pin.place,
        hint,
      },
    );
  }
  const held = statuses.find(({ status }) => status === 'quarantined' || status === 'archived');
  if (held === undefined) return undefined;
  const why = held.reason === undefined ? '' : `: ${printable(held.reason)}`;
  return new PeepError(
    'PROJECT_HELD',
    `${pin.requirement}: ${project} is ${held.status} at ${redactUrl(held.index)}${why}`,
    {
      place: pin.place,
      hint,
    },
  );
}
