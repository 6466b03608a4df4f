import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ProjectName } from '../../../../src/packaging/types.js';
import { type IndexLocations, simpleClient } from '../../../../src/resolver/pages/client.js';
import { localLocations } from '../../../../src/resolver/pages/local.js';
import { type TempDirectory, tempDirectory } from '../../../support/temp-directory.js';
import { sha256 } from '../samples.js';

const quill = 'quill' as ProjectName;

function linksFor(places: Partial<IndexLocations>, project = quill) {
  const getPage = () => Promise.reject(new Error('nothing is to be asked for'));
  return simpleClient(
    { indexUrls: [], findLinks: [], ...places },
    { getPage, wasNotWaitedFor: () => false, local: localLocations },
  ).linksFor(project, 'all');
}

/** A directory from paths and texts. */
function directoryOf(files: Readonly<Record<string, string | Buffer>>): TempDirectory {
  const directory = tempDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(directory.join(path, '..'), { recursive: true });
    writeFileSync(directory.join(path), text);
  }
  return directory;
}

function urlOf(directory: TempDirectory, ...parts: string[]): string {
  return pathToFileURL(directory.join(...parts)).href;
}

describe('an index in a directory', () => {
  it('may have pages', async () => {
    using directory = directoryOf({
      'simple/quill/index.html': `<a href="../../pool/quill-1.0.zip#sha256=${sha256('a')}">q</a>`,
    });
    const { links, failures } = await linksFor({ indexUrls: [`${urlOf(directory, 'simple')}/`] });
    expect(failures).toEqual([]);
    expect(links).toMatchObject([
      {
        filename: 'quill-1.0.zip',
        url: urlOf(directory, 'pool', 'quill-1.0.zip'),
        advertised: [{ algorithm: 'sha256', hex: sha256('a') }],
        source: 'index',
      },
    ]);
  });

  it('may have JSON pages', async () => {
    using directory = directoryOf({ 'quill/index.json': '{"files": [{"url": "quill-1.0.zip", "size": 7}]}' });
    const { links } = await linksFor({ indexUrls: [urlOf(directory)] });
    expect(links).toMatchObject([{ url: urlOf(directory, 'quill', 'quill-1.0.zip'), size: 7 }]);
  });

  it('may have directories of archives, with any characters in their names', async () => {
    using directory = directoryOf({ 'a #b%20?/quill/quill-1.0+l.zip': '', 'a #b%20?/quill/README': '' });
    const { links } = await linksFor({ indexUrls: [urlOf(directory, 'a #b%20?')] });
    expect(links.map(({ filename }) => filename)).toEqual(['quill-1.0+l.zip']);
    expect(decodeURIComponent(links[0]?.url ?? '')).toContain('/a #b%20?/quill/quill-1.0+l.zip');
  });

  it('does not have a project without a directory', async () => {
    using directory = directoryOf({ 'ink/ink-1.0.zip': '' });
    expect(await linksFor({ indexUrls: [urlOf(directory)] })).toEqual({
      links: [],
      others: { count: 0, versions: [] },
      failures: [],
      statuses: [],
    });
  });

  it('that is not there fails by name', async () => {
    using directory = tempDirectory();
    const { failures } = await linksFor({ indexUrls: [`${urlOf(directory, 'gone')}/`] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PLACE_UNREADABLE']);
    expect(failures[0]?.error.message).toContain(directory.join('gone'));
  });

  it.each(['file://host/share/', 'file:///a%2Fb/'])('at %s is none of this machine', async (index) => {
    const { failures } = await linksFor({ indexUrls: [index] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PAGE_MALFORMED']);
  });
});

describe('find-links', () => {
  it('in a directory are its archives, and the links of its HTML files', async () => {
    using directory = directoryOf({
      'links/quill-1.0.zip': '',
      'links/ink-1.0.zip': '',
      'links/index.html': `<a href="../pool/quill-2.0.zip#sha256=${sha256('a')}"><a href="https://h.example/quill-3.0.zip">`,
      'links/quill-links.HTM': '<a href="quill-0.1.zip">',
    });
    for (const place of [directory.join('links'), urlOf(directory, 'links')]) {
      const { links } = await linksFor({ findLinks: [place] });
      expect(links.map(({ url, source }) => [source, url])).toEqual([
        ['find-links', urlOf(directory, 'links', 'quill-1.0.zip')],
        ['find-links', urlOf(directory, 'pool', 'quill-2.0.zip')],
        ['find-links', 'https://h.example/quill-3.0.zip'],
        ['find-links', urlOf(directory, 'links', 'quill-0.1.zip')],
      ]);
    }
  });

  it('in a directory that holds all projects give each project its own', async () => {
    using directory = directoryOf({
      'Quill_Pen-1.0.zip': '',
      'quill.pen-1.0-py3-none-any.whl': '',
      'quill-1.0.zip': '',
      'quillpen-1.0.zip': '',
      'quill-pencil-1.0.zip': '',
    });
    const { links } = await linksFor({ findLinks: [directory.path] }, 'quill-pen' as ProjectName);
    expect(links.map(({ filename }) => filename)).toEqual([
      'Quill_Pen-1.0.zip',
      'quill.pen-1.0-py3-none-any.whl',
    ]);
  });

  it('may be one HTML file', async () => {
    using directory = directoryOf({ 'links.html': '<meta charset=latin1><a href="quill-1.0.zip">' });
    for (const place of [directory.join('links.html'), urlOf(directory, 'links.html')]) {
      expect((await linksFor({ findLinks: [place] })).links).toMatchObject([
        { url: urlOf(directory, 'quill-1.0.zip') },
      ]);
    }
  });

  it('may be one archive, with a digest where it is a URL', async () => {
    using directory = directoryOf({ 'quill-1.0+l.zip': 'x' });
    expect((await linksFor({ findLinks: [directory.join('quill-1.0+l.zip')] })).links).toMatchObject([
      { filename: 'quill-1.0+l.zip', advertised: [] },
    ]);
    const url = `${urlOf(directory, 'quill-1.0+l.zip')}#sha256=${sha256('b')}`;
    expect((await linksFor({ findLinks: [url] })).links).toMatchObject([
      { filename: 'quill-1.0+l.zip', advertised: [{ algorithm: 'sha256', hex: sha256('b') }] },
    ]);
  });

  it('that are not there fail by name', async () => {
    using directory = tempDirectory();
    for (const place of ['gone', 'gone.html', 'gone-1.0.zip'].map((name) => directory.join(name))) {
      const { failures } = await linksFor({ findLinks: [place] });
      expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[place, 'PLACE_UNREADABLE']]);
      expect(failures[0]?.error.message).toContain(place);
      expect(failures[0]?.error.hint).toBeTruthy();
    }
  });

  it('that were meant as URLs show no password (P7)', async () => {
    using directory = tempDirectory();
    for (const place of [' http:/u:SECRET@h', 'u:SECRET@h/x', '=https:/u:pa/SECRET@h']) {
      const { failures } = await linksFor({ findLinks: [directory.join(place)] });
      expect(failures[0]?.error.message).toContain("cannot read '****@h");
      expect(failures[0]?.error.message).not.toContain('SECRET');
    }
  });

  it('that are neither file nor directory are refused, and do not hang', async () => {
    using directory = tempDirectory();
    for (const name of ['pipe.html', 'pipe-1.0.zip']) {
      execFileSync('mkfifo', [directory.join(name)]);
      const { failures } = await linksFor({ findLinks: [directory.join(name)] });
      expect(failures.map(({ error }) => error.code)).toEqual(['PLACE_UNREADABLE']);
    }
    symlinkSync(directory.join('loop.html'), directory.join('loop.html'));
    const { failures } = await linksFor({ findLinks: [directory.join('loop.html')] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PLACE_UNREADABLE']);
  });

  it('that are too large are not read', async () => {
    using directory = directoryOf({ 'links.html': '' });
    truncateSync(directory.join('links.html'), 65 << 20);
    const { failures } = await linksFor({ findLinks: [directory.join('links.html')] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PAGE_MALFORMED']);
  });
});
