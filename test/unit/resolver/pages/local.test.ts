import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ProjectName } from '../../../../src/packaging/types.js';
import { type Places, simpleClient } from '../../../../src/resolver/pages/client.js';
import { localPlaces } from '../../../../src/resolver/pages/local.js';
import { type TempFolder, tempFolder } from '../../../support/temp-folder.js';
import { sha256 } from '../samples.js';

const quill = 'quill' as ProjectName;

function linksFor(places: Partial<Places>, project = quill) {
  const getPage = () => Promise.reject(new Error('nothing is to be asked for'));
  return simpleClient({ indexUrls: [], findLinks: [], ...places }, { getPage, local: localPlaces }).linksFor(
    project,
  );
}

/** A folder from paths and texts. */
function folderOf(files: Readonly<Record<string, string | Buffer>>): TempFolder {
  const folder = tempFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(folder.join(path, '..'), { recursive: true });
    writeFileSync(folder.join(path), text);
  }
  return folder;
}

function urlOf(folder: TempFolder, ...parts: string[]): string {
  return pathToFileURL(folder.join(...parts)).href;
}

describe('an index in a folder', () => {
  it('may have pages', async () => {
    using folder = folderOf({
      'simple/quill/index.html': `<a href="../../pool/quill-1.0.zip#sha256=${sha256('a')}">q</a>`,
    });
    const { links, failures } = await linksFor({ indexUrls: [`${urlOf(folder, 'simple')}/`] });
    expect(failures).toEqual([]);
    expect(links).toMatchObject([
      {
        filename: 'quill-1.0.zip',
        url: urlOf(folder, 'pool', 'quill-1.0.zip'),
        advertised: [{ algorithm: 'sha256', hex: sha256('a') }],
        source: 'index',
      },
    ]);
  });

  it('may have JSON pages', async () => {
    using folder = folderOf({ 'quill/index.json': '{"files": [{"url": "quill-1.0.zip", "size": 7}]}' });
    const { links } = await linksFor({ indexUrls: [urlOf(folder)] });
    expect(links).toMatchObject([{ url: urlOf(folder, 'quill', 'quill-1.0.zip'), size: 7 }]);
  });

  it('may have folders of archives, with any characters in their names', async () => {
    using folder = folderOf({ 'a #b%20?/quill/quill-1.0+l.zip': '', 'a #b%20?/quill/README': '' });
    const { links } = await linksFor({ indexUrls: [urlOf(folder, 'a #b%20?')] });
    expect(links.map(({ filename }) => filename)).toEqual(['README', 'quill-1.0+l.zip']);
    expect(decodeURIComponent(links[1]?.url ?? '')).toContain('/a #b%20?/quill/quill-1.0+l.zip');
  });

  it('does not have a project without a folder', async () => {
    using folder = folderOf({ 'ink/ink-1.0.zip': '' });
    expect(await linksFor({ indexUrls: [urlOf(folder)] })).toEqual({ links: [], failures: [], statuses: [] });
  });

  it('that is not there fails by name', async () => {
    using folder = tempFolder();
    const { failures } = await linksFor({ indexUrls: [`${urlOf(folder, 'gone')}/`] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PLACE_UNREADABLE']);
    expect(failures[0]?.error.message).toContain(folder.join('gone'));
  });

  it.each(['file://host/share/', 'file:///a%2Fb/'])('at %s is none of this machine', async (index) => {
    const { failures } = await linksFor({ indexUrls: [index] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PAGE_MALFORMED']);
  });
});

describe('find-links', () => {
  it('in a folder are its archives, and the links of its HTML files', async () => {
    using folder = folderOf({
      'links/quill-1.0.zip': '',
      'links/ink-1.0.zip': '',
      'links/index.html': `<a href="../pool/quill-2.0.zip#sha256=${sha256('a')}"><a href="https://h.example/quill-3.0.zip">`,
      'links/quill-links.HTM': '<a href="quill-0.1.zip">',
    });
    for (const place of [folder.join('links'), urlOf(folder, 'links')]) {
      const { links } = await linksFor({ findLinks: [place] });
      expect(links.map(({ url, source }) => [source, url])).toEqual([
        ['find-links', urlOf(folder, 'links', 'quill-1.0.zip')],
        ['find-links', urlOf(folder, 'pool', 'quill-2.0.zip')],
        ['find-links', 'https://h.example/quill-3.0.zip'],
        ['find-links', urlOf(folder, 'links', 'quill-0.1.zip')],
      ]);
    }
  });

  it('in a folder that holds all projects give each project its own', async () => {
    using folder = folderOf({
      'Quill_Pen-1.0.zip': '',
      'quill.pen-1.0-py3-none-any.whl': '',
      'quill-1.0.zip': '',
      'quillpen-1.0.zip': '',
      'quill-pencil-1.0.zip': '',
    });
    const { links } = await linksFor({ findLinks: [folder.path] }, 'quill-pen' as ProjectName);
    expect(links.map(({ filename }) => filename)).toEqual([
      'Quill_Pen-1.0.zip',
      'quill.pen-1.0-py3-none-any.whl',
    ]);
  });

  it('may be one HTML file', async () => {
    using folder = folderOf({ 'links.html': '<meta charset=latin1><a href="quill-1.0.zip">' });
    for (const place of [folder.join('links.html'), urlOf(folder, 'links.html')]) {
      expect((await linksFor({ findLinks: [place] })).links).toMatchObject([
        { url: urlOf(folder, 'quill-1.0.zip') },
      ]);
    }
  });

  it('may be one archive, with a digest where it is a URL', async () => {
    using folder = folderOf({ 'quill-1.0+l.zip': 'x' });
    expect((await linksFor({ findLinks: [folder.join('quill-1.0+l.zip')] })).links).toMatchObject([
      { filename: 'quill-1.0+l.zip', advertised: [] },
    ]);
    const url = `${urlOf(folder, 'quill-1.0+l.zip')}#sha256=${sha256('b')}`;
    expect((await linksFor({ findLinks: [url] })).links).toMatchObject([
      { filename: 'quill-1.0+l.zip', advertised: [{ algorithm: 'sha256', hex: sha256('b') }] },
    ]);
  });

  it('that are not there fail by name', async () => {
    using folder = tempFolder();
    for (const place of ['gone', 'gone.html', 'gone-1.0.zip'].map((name) => folder.join(name))) {
      const { failures } = await linksFor({ findLinks: [place] });
      expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[place, 'PLACE_UNREADABLE']]);
      expect(failures[0]?.error.message).toContain(place);
      expect(failures[0]?.error.hint).toBeTruthy();
    }
  });

  it('that were meant as URLs show no password (P7)', async () => {
    using folder = tempFolder();
    for (const place of [' http:/u:SECRET@h', 'u:SECRET@h/x', '=https:/u:pa/SECRET@h']) {
      const { failures } = await linksFor({ findLinks: [folder.join(place)] });
      expect(failures[0]?.error.message).toContain("cannot read '****@h");
      expect(failures[0]?.error.message).not.toContain('SECRET');
    }
  });

  it('that are neither file nor folder are refused, and do not hang', async () => {
    using folder = tempFolder();
    for (const name of ['pipe.html', 'pipe-1.0.zip']) {
      execFileSync('mkfifo', [folder.join(name)]);
      const { failures } = await linksFor({ findLinks: [folder.join(name)] });
      expect(failures.map(({ error }) => error.code)).toEqual(['PLACE_UNREADABLE']);
    }
    symlinkSync(folder.join('loop.html'), folder.join('loop.html'));
    const { failures } = await linksFor({ findLinks: [folder.join('loop.html')] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PLACE_UNREADABLE']);
  });

  it('that are too large are not read', async () => {
    using folder = folderOf({ 'links.html': '' });
    truncateSync(folder.join('links.html'), 65 << 20);
    const { failures } = await linksFor({ findLinks: [folder.join('links.html')] });
    expect(failures.map(({ error }) => error.code)).toEqual(['PAGE_MALFORMED']);
  });
});
