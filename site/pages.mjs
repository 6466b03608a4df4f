// Copies the documents to site/pages, where VitePress finds its own packages beside them.
import { cpSync, mkdirSync, rmSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const pages = new URL('pages/', import.meta.url);
rmSync(pages, { recursive: true, force: true });
mkdirSync(pages);
cpSync(new URL('docs', root), new URL('docs', pages), { recursive: true });
for (const name of ['README.md', 'SECURITY.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'])
  cpSync(new URL(name, root), new URL(name, pages));
