import type { CiPublisher, Publisher } from '../packaging/publisher.js';
import { sameRepository } from '../packaging/publisher.js';
import {
  hostPattern,
  isEmail,
  isRepository,
  isRepositoryId,
  isWorkflow,
} from '../packaging/publisher-record.js';
import type { Claims } from './certificate.js';
import type { JsonObject } from './json-fields.js';
import { Refusal } from './refusal.js';

/** The publisher that a certificate names. P11: read only from the certificate, never from the index. */
export function publisherOf(claims: Claims): Publisher {
  if (claims.subject.kind === 'email') return googleAccount(claims);
  const github = /^https:\/\/([^/]+)\/_services\/token$/.exec(claims.issuer)?.[1];
  if (claims.issuer === 'https://token.actions.githubusercontent.com')
    return ciPublisher('github', 'github.com', claims);
  if (github !== undefined) return ciPublisher('github', github, claims);
  const host = /^https:\/\/([^/]+)$/.exec(claims.issuer)?.[1];
  if (host !== undefined) return ciPublisher('gitlab', host, claims);
  throw unknown('the certificate was issued for an identity that is not of GitHub, GitLab or Google');
}

/** The publisher according to the index (PEP 740) must equal that of the certificate. */
export function checkClaimedPublisher(claimed: JsonObject, publisher: Publisher): void {
  if (!saysTheSame(claimed, publisher))
    throw new Refusal('other-publisher', 'the index names another publisher than the certificate does');
}

function saysTheSame(claimed: JsonObject, publisher: Publisher): boolean {
  const text = (field: string) => (typeof claimed[field] === 'string' ? claimed[field] : undefined);
  switch (publisher.kind) {
    case 'google':
      return claimed.kind === 'Google' && text('email') === publisher.email;
    case 'github':
      return claimed.kind === 'GitHub' && saysTheSameProject(publisher, text('workflow'), text);
    case 'gitlab':
      return claimed.kind === 'GitLab' && saysTheSameProject(publisher, text('workflow_filepath'), text);
  }
}

/** Older certificates do not prove an environment (before Fulcio's claim .23): ignore the one that the index names. */
function saysTheSameProject(
  publisher: CiPublisher,
  workflow: string | undefined,
  text: (field: string) => string | undefined,
): boolean {
  const environment = text('environment') ?? '';
  return (
    sameRepository(text('repository') ?? '', publisher.repository) &&
    workflow === publisher.workflow &&
    (environment === '' || publisher.environment === undefined || environment === publisher.environment)
  );
}

function googleAccount({ issuer, subject }: Claims): Publisher {
  if (issuer !== 'https://accounts.google.com' || !isEmail(subject.value))
    throw unknown('the certificate was issued for an e-mail address that cannot be a trusted publisher');
  return { kind: 'google', email: subject.value };
}

function ciPublisher(kind: 'github' | 'gitlab', host: string, claims: Claims): CiPublisher {
  const origin = `https://${host}/`;
  if (!hostPattern.test(host) || !claims.subject.value.startsWith(origin))
    throw unknown('the subject of the certificate is not on the host of its issuer');
  if (claims.buildSigner !== undefined && claims.buildSigner !== claims.subject.value)
    throw unknown('the subject and the build signer of the certificate differ');
  const repository = after(origin, claims.repository);
  if (repository === undefined || !isRepository(kind, repository))
    throw unknown('the certificate names no repository on the host of its issuer');
  const id = claims.repositoryId;
  if (id === undefined || !isRepositoryId(id))
    throw unknown('the certificate does not have the number of the repository');
  const workflow = workflowOf(kind, `${origin}${repository}`, claims);
  return { kind, host, repository, workflow, id, environment: claims.environment || undefined };
}

/**
 * The workflow that was started (claim .18). It may differ from the subject if a reusable workflow elsewhere
 * signed.
 */
function workflowOf(kind: 'github' | 'gitlab', repository: string, claims: Claims): string {
  const start = kind === 'github' ? `${repository}/.github/workflows/` : `${repository}//`;
  const rest = after(start, claims.buildConfig);
  // GitHub omits the ref in some certificates; the claim then ends with `@COMMIT` instead of `@REF`.
  const workflow = [claims.ref, claims.commit]
    .filter((revision) => revision !== undefined && revision !== '')
    .map((revision) => before(`@${revision}`, rest))
    .find((found) => found !== undefined);
  if (workflow === undefined || !isWorkflow(kind, workflow))
    throw unknown(`the certificate names no workflow of the repository at its ref or commit`);
  return workflow;
}

function after(start: string, text: string | undefined): string | undefined {
  return text?.startsWith(start) ? text.slice(start.length) : undefined;
}

function before(end: string, text: string | undefined): string | undefined {
  return text?.endsWith(end) ? text.slice(0, -end.length) : undefined;
}

function unknown(message: string): Refusal {
  return new Refusal('unknown-publisher', message);
}
