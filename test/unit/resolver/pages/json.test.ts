import { describe, expect, it } from 'vitest';
import { parseJsonPage } from '../../../../src/resolver/pages/json.js';
import { origin, pageUrl, sha256, thrown } from '../samples.js';

const page = (members: object) =>
  parseJsonPage(Buffer.from(JSON.stringify({ files: [], ...members })), origin);
const file = (members: object) => page({ files: [{ url: 'q-1.0.zip', ...members }] }).links[0];

describe('a JSON page', () => {
  it('reads what PEP 691, 700 and 714 say of a file', () => {
    const found = file({
      filename: 'something-else.zip',
      hashes: { sha256: sha256('A'), md5: 'd'.repeat(32), blake2b_256: sha256('b') },
      'requires-python': '>=3.8',
      size: 1234,
      'upload-time': '2026-01-01T00:00:00.1Z',
      yanked: 'broken',
      'core-metadata': { sha256: sha256('c') },
      'dist-info-metadata': true,
      provenance: null,
    });
    expect(found).toEqual({
      filename: 'something-else.zip',
      url: `${pageUrl}q-1.0.zip`,
      advertised: [{ algorithm: 'sha256', hex: sha256('a') }],
      size: 1234,
      requiresPython: '>=3.8',
      yanked: 'broken',
      uploadTime: '2026-01-01T00:00:00.1Z',
      index: origin.index,
      source: 'index',
      order: 0,
    });
  });

  it.each(['', null, undefined])('takes %j for nothing said', (nothing) => {
    const found = file({
      hashes: nothing,
      'requires-python': nothing,
      size: nothing,
      'upload-time': nothing,
      yanked: nothing,
      'core-metadata': nothing,
    });
    expect(found).toMatchObject({ advertised: [], size: undefined, yanked: false, uploadTime: undefined });
    expect(found?.requiresPython).toBeUndefined();
    expect(file({ hashes: { sha256: nothing } })?.advertised).toEqual([]);
  });

  it('takes an empty list for an empty dictionary', () => {
    expect(file({ hashes: [] })?.advertised).toEqual([]);
  });

  it.each([
    [true, ''],
    [false, false],
    ['why', 'why'],
  ])('reads yanked %j', (yanked, read) => {
    expect(file({ yanked })?.yanked).toBe(read);
  });

  it.each([0, -1, 1.5, '12', 1e300, {}])('makes nothing of the size %j, which only steers', (size) => {
    expect(file({ size })?.size).toBeUndefined();
  });

  it('passes over files without an address', () => {
    expect(page({ files: [{ url: '' }, { url: null }, {}, { url: 'mailto:x' }] }).links).toEqual([]);
  });

  it.each([
    ['no JSON', '{"files": [', /it is not valid JSON/],
    ['nothing', '', /it is not valid JSON/],
    ['HTML', '<!DOCTYPE html>', /it is not valid JSON/],
    ['a list', '[]', /it is no|its JSON is not an object/],
    ['null', 'null', /its JSON is not an object/],
    ['no files', '{"message": "log in first"}', /no list 'files'/],
    ['files of another type', '{"files": {"0": {}}}', /no list 'files'/],
    ['a file of another type', '{"files": [{"url": "a.zip"}, "b.zip"]}', /file 2 .* is not an object/],
    [
      'a name of another type',
      '{"files": [{"url": "a.zip", "filename": 1}]}',
      /'filename' that is not a string/,
    ],
    ['a control character in a text', '{"files": [], "x": "\u0001"}', /it is not valid JSON/],
    ['an unknown escape', '{"files": [], "x": "\\x41"}', /it is not valid JSON/],
    ['a number with a leading zero', '{"files": [], "x": 01}', /it is not valid JSON/],
    ['a comma too many', '{"files": [],}', /it is not valid JSON/],
    ['something behind the end', '{"files": []} {}', /it is not valid JSON/],
    ['a broken file of another version', '{"files": [{"url": "a.zip", "x": tru}]}', /it is not valid JSON/],
    ['a list for a file', '{"files": [[]]}', /file 1 .* is not an object/],
    ['a url of another type', '{"files": [{"url": 1}]}', /'url' that is not a string/],
    [
      'hashes of another type',
      '{"files": [{"url": "a", "hashes": "sha256=1"}]}',
      /'hashes' that are not an object/,
    ],
    ['a list of hashes', '{"files": [{"url": "a", "hashes": ["1"]}]}', /'hashes' that are not an object/],
    [
      'a digest of another type',
      '{"files": [{"url": "a", "hashes": {"sha256": 1}}]}',
      /digest .* not (?:a )?(?:text|string)/,
    ],
    [
      'requires-python of another type',
      '{"files": [{"url": "a", "requires-python": 3}]}',
      /'requires-python'/,
    ],
    ['yanked of another type', '{"files": [{"url": "a", "yanked": 1}]}', /'yanked'/],
  ])('is refused when it holds %s', (_, text, message) => {
    const error = thrown('PAGE_MALFORMED', () => parseJsonPage(Buffer.from(text), origin));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(pageUrl);
    expect(error.facts.index).toBe(origin.index);
  });

  it.each([
    ['1.0', true],
    ['1.4', true],
    [1, true],
    [undefined, true],
    [null, true],
    ['2.0', false],
    ['2', false],
    [2, false],
    [{}, false],
    [true, false],
    [['1.0'], false],
    ['1.0\u001b', false],
  ])('of api-version %j is read: %s', (version, isRead) => {
    const read = () => page({ meta: { 'api-version': version } });
    if (isRead) expect(read().links).toEqual([]);
    else thrown('PAGE_VERSION', read);
  });

  it('reads the status of the project (PEP 792), however it is put', () => {
    const status = { status: 'quarantined', reason: 'malware' };
    expect(page({ 'project-status': status }).status).toEqual(status);
    expect(page({ meta: { 'project-status': 'archived' } }).status).toEqual({
      status: 'archived',
      reason: undefined,
    });
    expect(page({ 'project-status': { status: '' } }).status).toBeUndefined();
    expect(page({ 'project-status': 3 }).status).toBeUndefined();
  });

  it('is not led astray by names of object members', () => {
    const text = '{"__proto__": {"files": []}, "files": [{"__proto__": {"url": "a.zip"}, "constructor": 1}]}';
    expect(parseJsonPage(Buffer.from(text), origin).links).toEqual([]);
  });
});
