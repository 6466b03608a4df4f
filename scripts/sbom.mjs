// The CycloneDX list of what is in peep: the packages of the bundle, and the Node of the binaries.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { compileProgram } from './program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** The text of the SBOM. It names no time and no serial number: the same commit gives the same bytes. */
export async function sbom() {
  const own = readJson('package.json');
  const bom = new Models.Bom();
  const peep = new Models.Component(Enums.ComponentType.Application, own.name, {
    ...{ bomRef: 'peep', version: own.version, description: own.description },
  });
  peep.licenses.add(new Models.SpdxLicense(own.license));
  bom.metadata.component = peep;
  const { packages } = await compileProgram();
  const locked = readJson('package-lock.json').packages;
  for (const path of packages) {
    const { name, version, license } = readJson(`${path}/package.json`);
    const component = componentOf(name, version, license, locked[path]?.integrity);
    bom.components.add(component);
    peep.dependencies.add(component.bomRef);
  }
  for (const { package: name, version, integrity, platform, binary } of readJson('scripts/runtimes.json')) {
    if (!binary) continue;
    const component = componentOf(name, version, 'MIT', integrity);
    component.description = `Node.js, in the binary for ${platform} only`;
    bom.components.add(component);
    peep.dependencies.add(component.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf(name, version, licence, integrity) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const component = new Models.Component(Enums.ComponentType.Library, name, { bomRef: purl, version, purl });
  component.licenses.add(new Models.SpdxLicense(licence));
  const sha512 = /^sha512-(\S+)$/.exec(integrity ?? '')?.[1];
  if (sha512 !== undefined)
    component.hashes.set(Enums.HashAlgorithm['SHA-512'], Buffer.from(sha512, 'base64').toString('hex'));
  return component;
}
