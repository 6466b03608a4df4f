/** What peep does with an option of `pip install`, or one of its own. */
export type OptionKind =
  /** pip gets it as the user wrote it. */
  | 'pass'
  /** peep acts on it; pip never sees it. */
  | 'peep'
  /** peep acts on it, and pip must know as well. */
  | 'both'
  /** Already so, or without meaning for a verified install: accepted, and nothing more. */
  | 'implied'
  /** It would fetch, change what is pinned, or weaken the check. */
  | 'refused';

export interface OptionDefinition<Name extends string = string> {
  /** The long name first; reports and messages use it. */
  readonly names: readonly [Name, ...string[]];
  readonly kind: OptionKind;
  /** Does a value follow? */
  readonly value?: true;
  /** Is the value a path? pip gets it absolute, for it does not run in the user's directory. */
  readonly path?: true;
  /** First pip that knows it, when that is not every pip since 19. */
  readonly since?: string;
  /** First pip that does not know it any more. */
  readonly until?: string;
  /** Why it is refused and what to do instead: the rest of a sentence that begins with the option. */
  readonly why?: string;
}

/**
 * Every option of `peep install` (contract section 6), in one place. `since` and `until` are from pip's own
 * release notes.
 */
export const installOptions = [
  // Where and how pip installs.
  { names: ['--target', '-t'], kind: 'pass', value: true, path: true },
  { names: ['--prefix'], kind: 'pass', value: true, path: true },
  { names: ['--root'], kind: 'pass', value: true, path: true },
  { names: ['--user'], kind: 'pass' },
  { names: ['--no-user'], kind: 'pass' },
  { names: ['--compile'], kind: 'pass' },
  { names: ['--no-compile'], kind: 'pass' },
  { names: ['--break-system-packages'], kind: 'pass', since: '23.0.1' },
  { names: ['--root-user-action'], kind: 'pass', value: true, since: '22.1' },
  { names: ['--require-virtualenv', '--require-venv'], kind: 'pass' },
  { names: ['--no-warn-script-location'], kind: 'pass' },
  { names: ['--no-warn-conflicts'], kind: 'pass' },
  { names: ['--log', '--log-file', '--local-log'], kind: 'pass', value: true, path: true },
  { names: ['--debug'], kind: 'pass', since: '21.3' },
  // How pip builds.
  // pip 22.1 has it, but takes none for requirements of a file before 23.1.
  { names: ['--config-settings', '--config-setting', '-C'], kind: 'pass', value: true, since: '23.1' },
  { names: ['--no-build-isolation'], kind: 'both' },
  { names: ['--check-build-dependencies'], kind: 'pass', since: '22.2' },
  { names: ['--no-clean'], kind: 'pass' },
  { names: ['--no-use-pep517'], kind: 'both', until: '25.3' },
  { names: ['--global-option'], kind: 'pass', value: true, until: '25.3' },
  { names: ['--build-option'], kind: 'pass', value: true, since: '21.1', until: '25.3' },
  { names: ['--install-option'], kind: 'pass', value: true, until: '23.1' },
  // What is installed, and from where: peep's own job.
  { names: ['--requirement', '-r'], kind: 'peep', value: true },
  { names: ['--constraint', '-c'], kind: 'peep', value: true },
  { names: ['--build-requirements'], kind: 'peep', value: true },
  // Which part of a lock file.
  { names: ['--package'], kind: 'peep', value: true },
  { names: ['--extra'], kind: 'peep', value: true },
  { names: ['--all-extras'], kind: 'peep' },
  { names: ['--group'], kind: 'peep', value: true },
  { names: ['--all-groups'], kind: 'peep' },
  { names: ['--no-dev'], kind: 'peep' },
  { names: ['--skip-local'], kind: 'peep' },
  { names: ['--index-url', '-i', '--pypi-url'], kind: 'peep', value: true },
  { names: ['--extra-index-url'], kind: 'peep', value: true },
  { names: ['--no-index'], kind: 'peep' },
  { names: ['--find-links', '-f'], kind: 'peep', value: true },
  { names: ['--no-binary'], kind: 'peep', value: true },
  { names: ['--only-binary'], kind: 'peep', value: true },
  { names: ['--prefer-binary'], kind: 'peep' },
  { names: ['--pre'], kind: 'peep' },
  { names: ['--trusted-host'], kind: 'peep', value: true },
  { names: ['--upgrade', '-U'], kind: 'both' },
  { names: ['--force-reinstall'], kind: 'both' },
  { names: ['--ignore-installed', '-I'], kind: 'both' },
  { names: ['--ignore-requires-python'], kind: 'both' },
  { names: ['--python-version'], kind: 'both', value: true },
  { names: ['--implementation'], kind: 'both', value: true },
  { names: ['--abi'], kind: 'both', value: true },
  { names: ['--platform'], kind: 'both', value: true },
  { names: ['--dry-run'], kind: 'peep' },
  { names: ['--report'], kind: 'peep', value: true },
  { names: ['--strict'], kind: 'peep' },
  // The network.
  { names: ['--cert'], kind: 'peep', value: true },
  { names: ['--client-cert'], kind: 'peep', value: true },
  { names: ['--proxy'], kind: 'peep', value: true },
  { names: ['--timeout', '--default-timeout'], kind: 'peep', value: true },
  { names: ['--retries'], kind: 'peep', value: true },
  { names: ['--keyring-provider'], kind: 'peep', value: true },
  { names: ['--no-cache-dir'], kind: 'peep' },
  // Every command of peep has these (contract section 2).
  { names: ['--python'], kind: 'peep', value: true },
  { names: ['--cache-dir'], kind: 'peep', value: true },
  { names: ['--offline'], kind: 'peep' },
  { names: ['--refresh'], kind: 'peep' },
  { names: ['--verbose', '-v'], kind: 'peep' },
  { names: ['--quiet', '-q'], kind: 'peep' },
  { names: ['--no-color'], kind: 'peep' },
  { names: ['--progress-bar'], kind: 'peep', value: true },
  { names: ['--jobs'], kind: 'peep', value: true },
  { names: ['--memory-budget'], kind: 'peep', value: true },
  { names: ['--store'], kind: 'peep', value: true },
  { names: ['--help', '-h'], kind: 'peep' },
  // Already so.
  { names: ['--no-deps', '--no-dependencies'], kind: 'implied' },
  { names: ['--require-hashes'], kind: 'implied' },
  { names: ['--isolated'], kind: 'implied' },
  { names: ['--no-input'], kind: 'implied' },
  { names: ['--disable-pip-version-check'], kind: 'implied' },
  { names: ['--no-python-version-warning'], kind: 'implied' },
  { names: ['--use-pep517'], kind: 'implied' },
  { names: ['--upgrade-strategy'], kind: 'implied', value: true },
  { names: ['--exists-action'], kind: 'implied', value: true },
  { names: ['--src', '--source', '--source-dir', '--source-directory'], kind: 'implied', value: true },
  { names: ['--refresh-package'], kind: 'implied', value: true },
  { names: ['--resume-retries'], kind: 'implied', value: true },
  // What would install something that no file pins.
  {
    names: ['--editable', '-e'],
    kind: 'refused',
    value: true,
    why: 'installs a directory or a checkout, which no digest can pin; run pip for it',
  },
  {
    names: ['--dependency-groups'],
    kind: 'refused',
    value: true,
    why: 'takes requirements without hashes from pyproject.toml; lock them, and name the lock file with -r and --group',
  },
  {
    names: ['--requirements-from-script'],
    kind: 'refused',
    value: true,
    why: 'takes requirements without hashes from a script; write them to a file with hashes and use -r',
  },
  {
    names: ['--only-deps'],
    kind: 'refused',
    why: 'installs what requirements need; peep installs what a file pins and nothing more',
  },
  {
    names: ['--process-dependency-links'],
    kind: 'refused',
    why: 'follows links of dependencies; peep installs what a file pins and nothing more',
  },
  {
    names: ['--no-require-hashes'],
    kind: 'refused',
    // P3.
    why: 'would switch the check off, and nothing does',
  },
  {
    names: ['--build-constraint'],
    kind: 'refused',
    value: true,
    why: 'has no hashes; pin what builds need in a file and name it with --build-requirements',
  },
  {
    names: ['--all-releases'],
    kind: 'refused',
    value: true,
    why: 'chooses versions, and the pins do that; --pre takes pre-releases',
  },
  {
    names: ['--only-final'],
    kind: 'refused',
    value: true,
    why: 'chooses versions, and the pins do that',
  },
  {
    names: ['--uploaded-prior-to'],
    kind: 'refused',
    value: true,
    why: 'chooses versions, and the pins do that',
  },
  {
    names: ['--use-feature'],
    kind: 'refused',
    value: true,
    why: "changes how pip fetches and resolves, which is peep's part; leave it out",
  },
  {
    names: ['--use-deprecated'],
    kind: 'refused',
    value: true,
    why: "changes how pip fetches and resolves, which is peep's part; leave it out",
  },
  {
    names: ['--download', '-d', '--download-dir', '--download-directory', '--download-cache'],
    kind: 'refused',
    value: true,
    why: 'does not install; `peep fetch --dest DIR` puts verified archives into a directory',
  },
  {
    names: ['--build-dir', '-b', '--build', '--build-directory'],
    kind: 'refused',
    value: true,
    why: 'has no effect in pip since 20.3; leave it out',
  },
  {
    names: ['--no-proxy-env'],
    kind: 'refused',
    why: "is not known to peep; set NO_PROXY='*' instead",
  },
  {
    names: ['--for'],
    kind: 'refused',
    value: true,
    why: 'is for `peep fetch` and `peep pin`; an install has one target',
  },
  { names: ['--all'], kind: 'refused', why: 'is for `peep fetch` and `peep pin`; an install has one target' },
  {
    names: ['--dest'],
    kind: 'refused',
    value: true,
    why: 'is for `peep fetch`; --target installs into a directory',
  },
] as const satisfies readonly OptionDefinition[];

type Definition = (typeof installOptions)[number];

/** The long names of the options that peep acts on. */
export type PeepOption = Extract<Definition, { kind: 'peep' | 'both' }>['names'][0];
