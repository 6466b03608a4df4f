import { formatDigest } from '../hash/digest.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { Pin } from '../requirements/pin.js';
import type { Target } from '../target/target.js';
import { isPeepError } from '../text/errors.js';
import type { ChoiceSettings } from './candidates.js';
import { fromIndexes } from './from-indexes.js';
import { fromRegistries } from './from-registries.js';
import { createStoreLookup } from './from-store.js';
import { isUnavailable } from './is-unavailable.js';
import { isLocal } from './links.js';
import { notStored } from './no-archive.js';
import type { Outcome } from './outcome.js';
import type { PrepareContext, PrepareOptions, PreparePorts, Preparer } from './ports.js';
import { createUse } from './use-archive.js';

/**
 * Turns pins into verified archives (contract sections 4 and 5): tries the store first, then the registries, then
 * the indexes; equal pins are processed once.
 */
export function createPreparer(
  ports: PreparePorts,
  settings: ChoiceSettings,
  options: PrepareOptions,
): Preparer {
  const use = createUse(ports, settings);
  const store = createStoreLookup(ports, settings, options, use);
  const context: PrepareContext = { ports, settings, options, store, use };
  const inFlight = new Map<string, Promise<Outcome>>();

  return {
    async prepare(pin, target) {
      const key = keyOf(pin, target);
      const known = inFlight.get(key);
      const outcome = known ?? prepareOnce(context, pin, target);
      if (known === undefined) inFlight.set(key, outcome);
      return { ...(await outcome), pin } as Outcome;
    },
  };
}

async function prepareOnce(context: PrepareContext, pin: Pin, target: Target): Promise<Outcome> {
  try {
    return await attested(context, await find(context, pin, target));
  } catch (error) {
    if (isPeepError(error, 'ARCHIVE_REFUSED') || isPeepError(error, 'DIGEST_DISPUTED'))
      return { status: 'refused', pin, error };
    if (!isPeepError(error) || !isUnavailable(error)) throw error;
    const shown = error.code === 'NETWORK_OFFLINE' && !isLocal(pin) ? notStored(pin) : error;
    return { status: 'unavailable', pin, error: shown };
  }
}

async function find(context: PrepareContext, pin: Pin, target: Target): Promise<Outcome> {
  const { ports, options } = context;
  if (!pin.hashed || options.dryRun) return fromIndexes(context, pin, target);
  const stored = await context.store.fromStore(pin, target);
  if (stored !== undefined) return stored;
  if (options.offline) return fromIndexes(context, pin, target);
  const links = await ports.registries.linksFor(pin);
  const found = links && (await fromRegistries(context, pin, target, links, pin.digests.length > 1));
  if (found !== undefined && found.status !== 'mismatched') return found;
  return fromIndexes(context, pin, target).catch(async (error) => {
    if (!isPeepError(error) || !isUnavailable(error)) throw error;
    // P8: report a mismatch before the failure of another location.
    if (found !== undefined) return found;
    const everyLink = await ports.registries.everyLink(pin);
    const instead = await fromRegistries(context, pin, target, everyLink, false);
    if (instead === undefined) throw error;
    ports.log.warn(
      `${pin.requirement}: chosen from the stores, because no index offered an archive: ${error.message}`,
    );
    return instead;
  });
}

/** P11: checks the publisher. Runs after the transfer slot is free, because a request here needs its own slot. */
async function attested({ ports }: PrepareContext, outcome: Outcome): Promise<Outcome> {
  if (outcome.status !== 'verified' || outcome.archive.sha256 === undefined) return outcome;
  const { archive, pin } = outcome;
  try {
    const provenance = await ports.attest({ pin, link: archive.link, sha256: outcome.archive.sha256 });
    return provenance === undefined ? outcome : { ...outcome, provenance };
  } catch (error) {
    if (!isPeepError(error) || isUnavailable(error)) throw error;
    return { status: 'refused', pin, archive, error };
  }
}

/** Pins with equal keys want the same archive. */
function keyOf(pin: Pin, target: Target): string {
  return JSON.stringify([
    sourceKey(pin),
    target.label,
    pin.hashed ? pin.digests.map(formatDigest).sort() : null,
    pin.links?.map(({ url }) => url) ?? null,
    pin.publishers?.map(formatPublisher).sort() ?? null,
  ]);
}

function sourceKey({ source }: Pin): readonly string[] {
  switch (source.kind) {
    case 'version':
      return [source.project, source.operator, source.version];
    case 'url':
      return [source.url, source.project ?? ''];
    case 'path':
      return [source.path, source.project ?? ''];
  }
}
