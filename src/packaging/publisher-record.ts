import type { CiPublisher, RecordedPublisher } from './publisher.js';

/**
 * The text after `# attested-by: ` in a requirements file, which records a publisher:
 *
 *     github OWNER/REPO release.yml id=772247423 [env=NAME]
 *     gitlab GROUP/PROJECT .gitlab-ci.yml id=55235664 [env=NAME]
 *     google EMAIL
 *     none
 *
 * A private instance is named by its URL: `gitlab https://git.example.org/GROUP/PROJECT …`. Only characters other
 * than letters, digits and `._/+@~-` are percent-encoded, and these always are.
 */
export function formatPublisher(publisher: RecordedPublisher): string {
  switch (publisher.kind) {
    case 'none':
      return 'none';
    case 'google':
      return `google ${encodeWord(publisher.email)}`;
    default:
      return formatCi(publisher);
  }
}

/** The comment line that records `publisher`, without its line end. */
export function attestedByLine(publisher: RecordedPublisher): string {
  return `# attested-by: ${formatPublisher(publisher)}`;
}

/** Parses the output of `formatPublisher`; returns a string if the text is invalid, which says why. */
export function parsePublisher(text: string): RecordedPublisher | string {
  const [kind = '', ...words] = text.split(/[ \t]+/);
  switch (kind) {
    case 'none':
      return words.length === 0 ? { kind } : `nothing may follow 'none'`;
    case 'google':
      return parseGoogle(words);
    case 'github':
    case 'gitlab':
      return parseCi(kind, words);
    default:
      return `'${kind.slice(0, 40)}' is not github, gitlab, google or none`;
  }
}

export const publicHosts = { github: 'github.com', gitlab: 'gitlab.com' } as const;

/** A host name as in a URL, with an optional port. */
export const hostPattern = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[1-9][0-9]{0,4})?$/;
/** `OWNER/REPO` of GitHub. */
const githubRepository = /^[A-Za-z0-9_-]+\/[A-Za-z0-9._-]+$/;
/** `GROUP/…/PROJECT` of GitLab. */
const gitlabRepository = /^[\p{L}\p{N}_][\p{L}\p{N}._-]*(?:\/[\p{L}\p{N}_][\p{L}\p{N}._-]*)+$/u;
const emailPattern = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

/** True if this is a valid repository name on this kind of host. */
export function isRepository(kind: 'github' | 'gitlab', name: string): boolean {
  const segments = name.split('/');
  return (
    name.length <= 300 &&
    (kind === 'github' ? githubRepository : gitlabRepository).test(name) &&
    !segments.some((segment) => segment === '.' || segment === '..')
  );
}

/** True if this is the name of a workflow file (GitHub), or its path in the repository (GitLab). */
export function isWorkflow(kind: 'github' | 'gitlab', path: string): boolean {
  if (path === '' || path.length > 300 || hasHiddenCharacter(path)) return false;
  const segments = path.split('/');
  return (kind === 'gitlab' || segments.length === 1) && !segments.some((part) => /^\.{0,2}$/.test(part));
}

export function isEmail(text: string): boolean {
  return text.length <= 320 && emailPattern.test(text);
}

export function isRepositoryId(text: string): boolean {
  return /^[1-9][0-9]{0,19}$/.test(text);
}

/** Control, invisible and line-separating characters, and lone surrogates: never part of a genuine name. */
export function hasHiddenCharacter(text: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(text);
}

function formatCi({ kind, host, repository, workflow, id, environment }: CiPublisher): string {
  const place =
    host === publicHosts[kind] ? encodeWord(repository) : `https://${host}/${encodeWord(repository)}`;
  const words = [kind, place, encodeWord(workflow)];
  if (id !== undefined) words.push(`id=${id}`);
  if (environment !== undefined) words.push(`env=${encodeWord(environment)}`);
  return words.join(' ');
}

function parseGoogle(words: readonly string[]): RecordedPublisher | string {
  const email = decodeWord(words[0] ?? '');
  if (words.length !== 1 || email === undefined || !isEmail(email)) {
    return `'google' must be followed by one e-mail address`;
  }
  return { kind: 'google', email };
}

function parseCi(kind: 'github' | 'gitlab', words: readonly string[]): RecordedPublisher | string {
  const [place = '', workflowWord = '', ...rest] = words;
  const [, host = publicHosts[kind], path = ''] = /^(?:https:\/\/([^/]+)\/)?(.*)$/.exec(place) ?? [];
  const repository = decodeWord(path);
  if (repository === undefined || !isRepository(kind, repository) || !hostPattern.test(host)) {
    return `'${kind}' must be followed by the repository, ${kind === 'github' ? 'OWNER/REPO' : 'GROUP/PROJECT'}`;
  }
  const workflow = decodeWord(workflowWord);
  if (workflow === undefined || !isWorkflow(kind, workflow)) {
    return `the repository must be followed by the ${kind === 'github' ? 'workflow' : 'configuration'} file, such as ${kind === 'github' ? 'release.yml' : '.gitlab-ci.yml'}`;
  }
  const [idWord = '', environmentWord, ...more] = rest;
  const id = idWord.startsWith('id=') ? idWord.slice(3) : '';
  if (!isRepositoryId(id)) return `the file must be followed by id=NUMBER, the number of the repository`;
  if (environmentWord === undefined) return { kind, host, repository, workflow, id, environment: undefined };
  const environment = environmentWord.startsWith('env=') ? decodeWord(environmentWord.slice(4)) : undefined;
  if (environment === undefined || environment === '' || hasHiddenCharacter(environment) || more.length > 0) {
    return `only env=NAME may follow the number`;
  }
  return { kind, host, repository, workflow, id, environment };
}

function encodeWord(text: string): string {
  return text.replace(/[^A-Za-z0-9._/+@~-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** Decodes `word`; undefined unless `encodeWord` returns the same word for the result. */
function decodeWord(word: string): string | undefined {
  try {
    const text = decodeURIComponent(word);
    return encodeWord(text) === word ? text : undefined;
  } catch {
    return undefined;
  }
}
