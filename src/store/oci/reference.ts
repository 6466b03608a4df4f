import { isLoopback } from '../../config/origin.js';
import { PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';

declare const brand: unique symbol;

/** A repository of an OCI registry, as in `--store`. Created only by `parseReference`. */
export interface RegistryReference {
  readonly [brand]: true;
  /** As the user wrote it, for messages: `oci://registry.example/team/python`. */
  readonly text: string;
  /** `https://registry.example`. */
  readonly origin: string;
  /** Host, with its port if one was written: the key of logins. */
  readonly host: string;
  /** `team/python`. */
  readonly repository: string;
}

const schemes: Readonly<Record<string, 'http:' | 'https:' | undefined>> = {
  'oci://': undefined,
  'oci+http://': 'http:',
  'oci+https://': 'https:',
};

/** Distribution specification, "Pulling manifests": the grammar of `<name>`. */
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryName = new RegExp(`^${component}(?:/${component})*$`);
/** Many clients limit host and name together to this length. */
const longestName = 255;

/**
 * Parses `oci://HOST[:PORT]/REPOSITORY`: https, but plain http on loopback, as in docker. `oci+http://` and
 * `oci+https://` select one. Throws `STORE_ADDRESS`.
 */
export function parseReference(text: string): RegistryReference {
  const scheme = Object.keys(schemes).find((start) => text.toLowerCase().startsWith(start));
  if (scheme === undefined) throw unusable(text, 'it does not begin with oci://');
  const rest = text.slice(scheme.length);
  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  if (rest.includes('@') && rest.lastIndexOf('@') < (slash === -1 ? rest.length : slash)) {
    throw unusable(
      text,
      'it holds a user or password',
      'Log in with `docker login`: peep reads the same file.',
    );
  }
  const repository = slash === -1 ? '' : rest.slice(slash + 1).replace(/\/$/, '');
  if (repository === '') throw unusable(text, 'it names no repository');
  if (/[?#@]|:[^/]*$/.test(repository)) {
    throw unusable(text, 'it contains more than host and repository', 'Leave out the tag, digest and query.');
  }
  if (!repositoryName.test(repository)) {
    throw unusable(
      text,
      `'${repository.slice(0, 100)}' is not a repository name`,
      'Such a name has lowercase letters and digits, with single dots, underscores and dashes between them, in parts divided by /.',
    );
  }
  const url = authorityUrl(authority);
  if (url === undefined) throw unusable(text, `'${authority.slice(0, 100)}' is not HOST or HOST:PORT`);
  if (url.host.length + repository.length + 1 > longestName) {
    throw unusable(text, `host and repository have more than ${longestName} characters`);
  }
  const host = url.hostname === 'docker.io' ? dockerHub : writtenHost(url, authority);
  const protocol = schemes[scheme] ?? (isLoopback(url.hostname) ? 'http:' : 'https:');
  const reference: Omit<RegistryReference, typeof brand> = {
    text: `${scheme}${writtenHost(url, authority)}/${repository}`,
    origin: new URL(`${protocol}//${host}`).origin,
    host,
    repository,
  };
  return reference as RegistryReference;
}

/** docker.io itself does not run a registry. */
const dockerHub = 'registry-1.docker.io';

function authorityUrl(authority: string): URL | undefined {
  if (!/^(?:\[[0-9a-f:.]+\]|[\p{L}\p{N}.-]+)(?::\d{1,5})?$/iu.test(authority)) return undefined;
  try {
    return new URL(`https://${authority}/`);
  } catch {
    return undefined;
  }
}

/** Keep the port, even the default one: docker's keys for logins have it as written. */
function writtenHost({ hostname }: URL, authority: string): string {
  const port = /:(\d+)$/.exec(authority.replace(/^\[[^\]]*\]/, ''))?.[1];
  return port === undefined ? hostname : `${hostname}:${Number(port)}`;
}

function unusable(text: string, why: string, hint?: string): PeepError {
  return new PeepError('STORE_ADDRESS', `cannot use the store '${redactUrl(text)}': ${why}`, {
    hint: hint ?? 'Write it as oci://HOST/REPOSITORY, such as oci://registry.example/team/python.',
  });
}
