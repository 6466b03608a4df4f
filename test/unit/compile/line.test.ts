import { describe, expect, it } from 'vitest';
import { fixedLine, oneLine } from '../../../src/compile/line.js';
import { newOutput, updatedOutput } from '../../../src/compile/output.js';
import { limitsText, requirementsText } from '../../../src/compile/requirement-lines.js';
import { viaComment } from '../../../src/compile/via.js';
import { parseProjectName } from '../../../src/packaging/name.js';
import { parseRequirement } from '../../../src/packaging/requirement.js';

const lineEnds = [
  ...['\n', '\r', '\v', '\f', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029', '\0', '\x1b'],
];
const project = parseProjectName('quill');
const index = {
  ...{ indexUrls: [], findLinks: [], trustedHosts: [], preferBinary: false, allowPrereleases: false },
  formatControl: { noBinary: new Set<string>(), onlyBinary: new Set<string>() },
};

describe('lines that compile writes', () => {
  it.each(lineEnds)('refuse %j', (end) => {
    const text = `a${end}b`;
    const wish = { project, extras: [], specifier: '', url: undefined, marker: undefined, from: '-r x' };
    const choice = { project, version: '1', url: undefined, marker: undefined };
    for (const write of [
      () => oneLine(text),
      () => fixedLine(text),
      () => parseRequirement(`x @ https://x.example/x${end}y.whl`),
      () => requirementsText([{ ...wish, url: `https://x.example/${text}` }], index, {}),
      () => requirementsText([{ ...wish, marker: `os_name == "${text}"` }], index, {}),
      () => requirementsText([{ ...wish, specifier: `===${text}` }], index, {}),
      () => limitsText([{ project, specifier: `===${text}`, marker: undefined }]),
      () => newOutput([], [{ ...choice, version: text }]),
      () => updatedOutput(Buffer.from('quill==0\n'), 'x', [], [{ ...choice, marker: text }]),
      () => viaComment([text]),
    ])
      expect(write).toThrow();
  });

  it('refuse a backslash at their end, and variables', () => {
    expect(() => oneLine('quill===1\\')).toThrow('does not fit on one line');
    expect(() => fixedLine('x @ https://x.example/${TOKEN}.whl')).toThrow('names the variable ${TOKEN}');
    expect(fixedLine('x==1 ; os_name == "é$x{Y}${low}"')).toContain('é');
  });

  it.each(['sha256: abc', 'attested-by:dev (pyproject.toml)'])('refuse the reason %s', (reason) => {
    expect(() => viaComment(['a', reason])).toThrow('would be read as');
  });
});
