import type { Sha256 } from '../hash/digest.js';

/** A verified archive in staging, relative to a page there. */
export interface StagedLink {
  /** Path below the directory of the page, with `/` between components. */
  readonly relativePath: string;
  readonly sha256: Sha256;
}

/**
 * A find-links page. pip's build environments have no hash mode, but pip compares each file with the digest in the
 * fragment of its link, so build requirements are checked a second time too (P5).
 */
export function linksPage(archives: readonly StagedLink[]): string {
  const links = archives.map(({ relativePath, sha256 }) => {
    const href = relativePath.split('/').map(encodeURIComponent).join('/');
    return `<a href="${href}#sha256=${sha256}">${escapeHtml(relativePath)}</a>\n`;
  });
  return `<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>Verified archives</title></head>\n<body>\n${links.join('')}</body>\n</html>\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
