// The licences of what is bundled.
import { readdirSync, readFileSync } from 'node:fs';

/** The directories of the packages that a build read, such as `node_modules/undici`, in alphabetical order. */
export function bundledPackages(inputs) {
  const directories = inputs.flatMap(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(directories)].sort();
}

/** A comment with name, version and the whole licence of each package, and peep's own; the same text once. */
export function licenceNotices(root, directories) {
  const byText = new Map();
  for (const directory of ['', ...directories]) {
    const { name, version, license } = packageOf(root, directory);
    const text =
      licenceText(root, directory) ??
      licenceOfSibling(root, directory, directories) ??
      licenceInBanner(root, directory);
    if (text === undefined) throw new Error(`${directory} has no licence text`);
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text.replaceAll('*/', '* /')}`);
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `/*! What is in this file, and its licences:\n\n${parts.join(rule)}\n*/`;
}

function packageOf(root, directory) {
  return JSON.parse(readFileSync(`${root}${directory}/package.json`, 'utf8'));
}

function licenceText(root, directory) {
  const file = readdirSync(`${root}${directory}`).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) return undefined;
  return readFileSync(`${root}${directory}/${file}`, 'utf8').replace(/\r\n?/g, '\n').trim();
}

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** xz-decompress names its authors and the licence at the top of its code, and ships without the licence's text. */
function licenceInBanner(root, directory) {
  const { main, license } = packageOf(root, directory);
  if (license !== 'MIT' || main === undefined) return undefined;
  const banner = /^\/\*!\n([\s\S]*?)\*\//.exec(readFileSync(`${root}${directory}/${main}`, 'utf8'))?.[1];
  if (banner === undefined) return undefined;
  return `${banner.replaceAll(/^ \* ?/gm, '').trim()}\n\n${mit}`;
}

/** @sigstore/verify ships without the text: another package of its repository, under the same licence, has it. */
function licenceOfSibling(root, directory, directories) {
  const { license, repository } = packageOf(root, directory);
  const sibling = directories.find((other) => {
    const found = packageOf(root, other);
    return (
      found.license === license &&
      repository?.url !== undefined &&
      found.repository?.url === repository.url &&
      licenceText(root, other) !== undefined
    );
  });
  return sibling === undefined ? undefined : licenceText(root, sibling);
}
