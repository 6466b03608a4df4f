/** The sizes of the generated lock files. */
export const sizes = [5, 50, 400] as const;

/** Parts of a lock file, and how `uv export` is asked for them. */
export const parts = {
  default: [],
  main: ['--no-default-groups'],
  'no-dev': ['--no-dev'],
  'all-extras': ['--no-default-groups', '--all-extras'],
  docs: ['--no-default-groups', '--extra', 'docs'],
  signals: ['--no-default-groups', '--extra', 'signals'],
  dev: ['--only-group', 'dev'],
  lint: ['--only-group', 'lint'],
  bench: ['--only-group', 'bench'],
  everything: ['--all-extras', '--all-groups'],
} as const;

export type Part = keyof typeof parts;

export const targets = ['3.10', '3.11', '3.13'].flatMap((python) =>
  ['manylinux_2_28_x86_64', 'macosx_14_0_arm64', 'win_amd64'].map((platform) => `${python}:${platform}`),
);

/** What test/vectors/locks.json holds: see record.ts. */
export type Recorded = Readonly<
  Record<
    string,
    Readonly<
      Record<
        Part,
        {
          readonly requirements: readonly (readonly [requirement: string, marker: string | null])[];
          readonly applies: Readonly<Record<string, string>>;
        }
      >
    >
  >
>;
