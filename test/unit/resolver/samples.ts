import { expect } from 'vitest';
import type { ProjectName } from '../../../src/packaging/types.js';
import type { SelectionRequest } from '../../../src/resolver/choose/selection-types.js';
import type { ArchiveLink } from '../../../src/resolver/link.js';
import type { PageOrigin } from '../../../src/resolver/pages/page.js';
import { describeFor } from '../../../src/target/describe.js';
import { type ErrorCode, PeepError } from '../../../src/text/errors.js';

export const pageUrl = 'https://index.example/simple/quill/';

export const origin: PageOrigin = {
  url: pageUrl,
  index: 'https://index.example/simple/',
  source: 'index',
  order: 0,
};

/** The digest of 64 times the given digit. */
export function sha256(digit: string): string {
  return digit.repeat(64);
}

export function link(filename: string, facts: Partial<ArchiveLink> = {}): ArchiveLink {
  return {
    filename,
    url: `https://files.example/${filename}`,
    advertised: [],
    size: undefined,
    requiresPython: undefined,
    yanked: false,
    uploadTime: undefined,
    index: 'https://index.example/simple/',
    source: 'index',
    order: 0,
    ...facts,
  };
}

export const linux311 = describeFor('3.11:manylinux_2_28_x86_64');

export function request(pin: string, more: Partial<SelectionRequest> = {}): SelectionRequest {
  const [, name = '', operator, version = ''] = /^(.*?)(===?)(.*)$/.exec(pin) ?? [];
  return {
    project: name as ProjectName,
    operator: operator as '==' | '===',
    version,
    digests: undefined,
    target: linux311,
    formatControl: { noBinary: new Set(), onlyBinary: new Set() },
    preferBinary: false,
    ...more,
  } as SelectionRequest;
}

/** The `PeepError` of `code` that `action` throws; a hint and a message of one line come with it. */
export function thrown(code: ErrorCode, action: () => unknown): PeepError {
  let error: unknown;
  try {
    action();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(PeepError);
  const failure = error as PeepError;
  expect(failure.code).toBe(code);
  expect(failure.hint).toBeTruthy();
  expect(failure.message).not.toMatch(/[\u0000-\u001f]/);
  return failure;
}
