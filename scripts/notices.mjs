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
    const text = licenceText(root, directory) ?? licenceOfSibling(root, directory, directories);
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
