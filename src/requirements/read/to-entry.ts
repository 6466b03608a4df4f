import { digestSet } from '../../hash/digest.js';
import { formatMarker, parseMarker } from '../../packaging/marker.js';
import { parseProjectName } from '../../packaging/name.js';
import { isPeepError, PeepError, type SourceLocation } from '../../text/errors.js';
import type { Constraint, Pin, RefusedLine, RequirementEntry } from '../pin.js';
import { placed } from '../placed.js';
import { fragmentDigests, readDigests, readPublishers } from './line-records.js';
import { trim } from './lines.js';
import { readFormOrLegacy } from './requirement-form.js';
import type { RequirementsLine } from './requirements-line.js';
import { shownRequirement } from './shown.js';
import { toConstraint } from './to-constraint.js';
import { exactVersion, toSource } from './to-source.js';

/** A line with a requirement, valid or not. */
type AskingLine = Exclude<RequirementsLine, { kind: 'lock' | 'options' | 'include' }>;

/**
 * Turns a line of a requirements or constraints file into a pin, a refusal or a constraint. `preferredHashStyle` is
 * the style for new hashes if the line has none; relative archive paths start at `cwd`, as in pip.
 */
export function toEntry(
  line: AskingLine,
  preferredHashStyle: 'peep' | 'pip',
  cwd: string,
): RequirementEntry | { readonly kind: 'constraint'; readonly constraint: Constraint } {
  let known: KnownParts = {};
  try {
    if (line.kind === 'bad') throw line.error;
    if (line.kind === 'editable') {
      known = editableParts(line.text, line.place);
      throw editable(line.text, line.place);
    }
    const { place } = line;
    known = { name: namePattern.exec(line.text)?.[0] };
    const digests = readDigests(line);
    const recorded = readPublishers(line);
    const publishers = recorded.length > 0 && { publishers: recorded };
    const form = placed(() => readFormOrLegacy(line.text), place);
    const fragment = placed(() => fragmentDigests(form.url), place);
    const all = digestSet([...digests, ...fragment]);
    known = { name: form.name, marker: form.marker, version: exactVersion(form) };
    if (line.constraint) {
      const constraint = placed(() => toConstraint(line, form, all ?? [], cwd), place);
      return { kind: 'constraint', constraint: { ...constraint, ...publishers } };
    }
    const ownStyle = line.hashComments.length > 0 ? 'peep' : line.hashes.length > 0 ? 'pip' : undefined;
    const base = {
      extras: form.extras,
      marker: form.marker,
      requirement: shownRequirement(line.written),
      place,
      pipOptions: line.configSettings,
      hashStyle: ownStyle ?? preferredHashStyle,
      ...publishers,
    };
    if (form.kind === 'named' && form.name !== undefined) {
      const { name, specifier } = form;
      const open = { ...base, project: parseProjectName(name), name, specifier, digests: all };
      known = { ...known, open };
    }
    const source = placed(() => toSource(form, place, cwd), place);
    const pin: Pin =
      all === undefined
        ? { ...base, source, hashed: false }
        : { ...base, source, hashed: true, digests: all };
    return { kind: 'pin', pin };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    const shown = line.kind === 'requirement' ? line.clean(error) : error;
    return { kind: 'refused', line: { ...refusedLine(line, shown), ...known } };
  }
}

/** The facts about a line that are also known if it is refused. */
type KnownParts = Pick<RefusedLine, 'name' | 'version' | 'marker' | 'open'>;

/** The name at the start of a requirement, if any: a word before a character that may follow a name. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(?=[ \t]*(?:$|[[=<>!~@;(]))/;

/** poetry writes a marker after an editable requirement; pip only finds it in its quoted form. */
function editableParts(text: string, place: SourceLocation): KnownParts {
  const semicolon = text.search(/[ \t];|;[ \t]/);
  const quote = semicolon === -1 ? undefined : /["']/.exec(text.slice(0, semicolon))?.[0];
  const behind = semicolon === -1 ? '' : trim(text.slice(text.indexOf(';', semicolon) + 1));
  const marker = quote !== undefined && behind.endsWith(quote) ? behind.slice(0, -1) : behind;
  const name = /[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(text)?.[1];
  return {
    name,
    marker: marker === '' ? undefined : placed(() => formatMarker(parseMarker(marker)), place),
  };
}

const understood = new Set([
  'REQUIREMENT_UNPINNED',
  'REQUIREMENT_EDITABLE',
  'REQUIREMENT_VCS',
  'REQUIREMENT_FOLDER',
  'REQUIREMENT_URL',
  'HASHES_OFF',
]);

function refusedLine(line: AskingLine, error: PeepError): RefusedLine {
  const text = line.kind === 'requirement' ? line.written : line.text;
  return {
    status: understood.has(error.code) ? 'refused' : 'malformed',
    requirement: shownRequirement(text).slice(0, 1000),
    place: line.place,
    error,
  };
}

function editable(text: string, place: SourceLocation): PeepError {
  return new PeepError(
    'REQUIREMENT_EDITABLE',
    `the editable requirement '${shownRequirement(text)}' has no archive to verify`,
    { place, hint: 'Install it by itself with `pip install --no-deps -e`, or pin a wheel of it.' },
  );
}
