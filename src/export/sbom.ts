import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as SPDX from '@cyclonedx/cyclonedx-library/SPDX';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import type { DeclaredLicence } from '../archive/inspection.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import { publishersOf } from '../prepare/attester.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import { clipped } from '../text/clip.js';
import { placeText } from '../text/place.js';
import { redactUrl } from '../text/redact.js';

type SatisfiedOutcome = Extract<Outcome, { readonly status: 'satisfied' }>;

/**
 * The CycloneDX list (1.6, JSON) of the archives that verified, and of installed distributions that were left
 * alone. It has no time and no serial number: equal runs produce equal bytes.
 */
export function sbomText(outcomes: readonly Outcome[], peepVersion: string): string {
  const bom = new Models.Bom();
  bom.metadata.tools.components.add(
    new Models.Component(Enums.ComponentType.Application, 'peep', { version: peepVersion }),
  );
  const components = new Map<string, Models.Component>();
  for (const outcome of outcomes) {
    const made = componentOf(outcome);
    if (made === undefined || !('pin' in outcome)) continue;
    // Each archive once, even if several lines pin it.
    const component = components.get(made.bomRef.value ?? '') ?? made;
    component.properties.add(property('pin', placeText(outcome.pin.place)));
    components.set(made.bomRef.value ?? '', component);
  }
  for (const component of components.values()) bom.components.add(component);
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf(outcome: Outcome): Models.Component | undefined {
  if (outcome.status === 'satisfied') return leftAlone(outcome);
  return outcome.status === 'verified' || outcome.status === 'installed' ? verified(outcome) : undefined;
}

function verified({ pin, archive, inspection, provenance }: VerifiedOutcome): Models.Component | undefined {
  const { link, sha256 } = archive;
  if (sha256 === undefined) return undefined;
  const project = pin.source.project ?? inspection?.project;
  const version = inspection?.version ?? pin.source.version;
  const component = new Models.Component(Enums.ComponentType.Library, project ?? link.filename, {
    // The key that the library sorts by.
    bomRef: `${link.filename}:${sha256}`,
    ...(version !== undefined && { version }),
  });
  if (project !== undefined && version !== undefined) component.purl = purl(project, version, link.filename);
  component.hashes.set(Enums.HashAlgorithm['SHA-256'], sha256);
  for (const licence of licencesOf(inspection?.licence)) component.licenses.add(licence);
  component.properties.add(property('archive', link.filename));
  if (/^https?:/i.test(link.url)) {
    const { Distribution } = Enums.ExternalReferenceType;
    component.externalReferences.add(new Models.ExternalReference(redactUrl(link.url), Distribution));
  }
  if (provenance?.status === 'verified') {
    const names = publishersOf(provenance.attestations).map(formatPublisher);
    component.publisher = names.join(', ');
    for (const name of names) component.properties.add(property('publisher', name));
  }
  return component;
}

/** An installed distribution has no digest here, because its files were not compared. */
function leftAlone({ pin, installedVersion }: SatisfiedOutcome): Models.Component {
  const name = pin.source.project ?? pin.requirement;
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    ...{ bomRef: `${name}:installed`, version: installedVersion },
  });
  if (pin.source.project !== undefined) component.purl = purl(name, installedVersion);
  component.properties.add(property('status', 'already installed, files not compared'));
  return component;
}

function property(name: string, value: string): Models.Property {
  return new Models.Property(`peep:${name}`, value);
}

/** Package URL, type `pypi`. */
function purl(project: string, version: string, filename?: string): string {
  const named = `pkg:pypi/${encodeURIComponent(project)}@${encodeURIComponent(version)}`;
  return filename === undefined ? named : `${named}?file_name=${encodeURIComponent(filename)}`;
}

/** SPDX identifiers, operators and parentheses: what PEP 639 allows in `License-Expression`. */
const expressionForm = /^[A-Za-z0-9.+:() -]{1,500}$/;

function licencesOf(declared: DeclaredLicence | undefined): Models.License[] {
  if (declared === undefined) return [];
  const { expression, text } = declared;
  if (expression !== undefined && expressionForm.test(expression))
    return [new Models.LicenseExpression(expression)];
  const name = expression ?? text ?? '';
  const id = SPDX.fixupSpdxId(name);
  if (id !== undefined) return [new Models.SpdxLicense(id)];
  // `License` may contain a whole licence text: its first line is the name.
  const [first = ''] = name.split('\n');
  return first.trim() === '' ? [] : [new Models.NamedLicense(clipped(first.trim()))];
}
