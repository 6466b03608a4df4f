import type { Sha256 } from '../hash/digest.js';

/** A verified build requirement as it lies in staging. */
export interface StagedBuildRequirement {
  /** Below the page's folder, `/` between components. */
  readonly relativePath: string;
  readonly sha256: Sha256;
  /** Normalised name and exact version. */
  readonly project: string;
  readonly version: string;
}

/**
 * A find-links page for pip's build environments. pip has no hash mode for those, but it compares what it
 * reads with the digest in a link's fragment, so that build requirements are checked a second time as well (P5).
 */
export function buildLinksPage(archives: readonly StagedBuildRequirement[]): string {
  const links = archives.map(({ relativePath, sha256 }) => {
    const href = relativePath.split('/').map(encodeURIComponent).join('/');
    return `<a href="${href}#sha256=${sha256}">${escapeHtml(relativePath)}</a>\n`;
  });
  return `<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>Build requirements</title></head>\n<body>\n${links.join('')}</body>\n</html>\n`;
}

/** Build environments get the pinned versions, even where another archive of a project is to be installed. */
export function buildConstraints(archives: readonly StagedBuildRequirement[]): string {
  return archives.map(({ project, version }) => `${project}==${version}\n`).join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
