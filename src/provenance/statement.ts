import { parseSdistFilename, parseWheelFilename } from '../packaging/filename.js';
import { sameVersion } from '../packaging/version.js';
import { arrayAt, asObject, objectAt, parseJson, stringAt } from './json-fields.js';
import { Refusal, refuseOnError } from './refusal.js';

/** An archive whose bytes peep hashed: the required subject of an attestation. */
export interface AttestedArchive {
  readonly filename: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

export type Predicate = 'publish' | 'slsa';

const predicates: Readonly<Record<string, Predicate>> = {
  'https://docs.pypi.org/attestations/publish/v1': 'publish',
  'https://slsa.dev/provenance/v1': 'slsa',
};

/**
 * Checks that a signed in-toto statement is about `archive` only: one subject, with the same normalised name (PEP
 * 503, 625) and the sha256 that peep computed (P11).
 */
export function checkStatement(bytes: Buffer, archive: AttestedArchive): Predicate {
  return refuseOnError('statement', 'the statement is not an in-toto statement', () => {
    const statement = parseJson(bytes, 'statement');
    if (statement._type !== 'https://in-toto.io/Statement/v1')
      throw new Refusal('statement', 'the statement is not an in-toto v1 statement');
    const type = stringAt(statement, 'predicateType', 400);
    const predicate = Object.hasOwn(predicates, type) ? predicates[type] : undefined;
    if (predicate === undefined)
      throw new Refusal(
        'statement',
        'the type of the statement is neither publish/v1 nor SLSA provenance/v1',
      );
    const subjects = arrayAt(statement, 'subject', 10_000);
    if (subjects.length !== 1)
      throw new Refusal('statement', `the statement covers ${subjects.length} archives instead of one`);
    const subject = asObject(subjects[0], 'subject');
    const name = stringAt(subject, 'name', 400);
    const sha256 = stringAt(objectAt(subject, 'digest'), 'sha256', 64);
    if (sha256 !== archive.sha256) throw new Refusal('other-archive', 'it was signed for other bytes');
    if (!sameArchiveName(name, archive.filename))
      throw new Refusal('other-archive', 'it was signed for an archive of another name');
    return predicate;
  });
}

/** PEP 503 and 625: `Sample.Project-1.0.tar.gz` and `sample_project-1.0.tar.gz` are the same archive. */
export function sameArchiveName(a: string, b: string): boolean {
  if (a === b) return true;
  const wheels = [parseWheelFilename(a), parseWheelFilename(b)] as const;
  if (wheels[0] !== null && wheels[1] !== null) {
    const [one, other] = wheels;
    return (
      one.project === other.project &&
      sameVersion(one.version, other.version) &&
      one.build?.join(' ') === other.build?.join(' ') &&
      one.tags.join(' ') === other.tags.join(' ')
    );
  }
  const [one, other] = [parseSdistFilename(a), parseSdistFilename(b)];
  return (
    one !== null &&
    other !== null &&
    one.project === other.project &&
    sameVersion(one.version, other.version) &&
    one.extension === other.extension
  );
}
