import type { CommandName } from './arguments.js';

/** The text of `peep help`, or of one command. */
export function helpText(command: CommandName | undefined): string {
  return command === undefined ? overview : `${commandHelp[command].trim()}\n\n${globalHelp}`;
}

const globalHelp = `Options of every command:
  --python PATH          the Python to install for, or its version, such as 3.12
                         (PEEP_PYTHON); else that of the active environment,
                         else python3 or python on PATH
  --cache-dir DIR        where verified archives are kept (PEEP_CACHE_DIR)
  --store oci://HOST/REPOSITORY
                         a registry that is asked for archives by digest before
                         any index; repeat it for several (PEEP_STORE)
  --offline              never open a connection (PEEP_OFFLINE=1)
  --jobs N               transfers at once (16)
  --memory-budget SIZE   memory for archives in flight, such as 64M (a quarter
                         of what is free, from 64M to 2G)
  --progress-bar WHEN    on, off or auto
  --no-color             no colours (NO_COLOR; FORCE_COLOR forces them)
  -v, -q                 say more, or less; twice for even more, or less
  -h, --help             this help
`;

const lockHelp = `Lock files (uv.lock, poetry.lock, pdm.lock, Pipfile.lock, pylock.toml):
  --extra NAME, --all-extras, --group NAME, --all-groups, --no-dev
                             which part of the file
  --package NAME             members of a uv workspace, in place of its root
  --skip-local               leave out what is editable, a directory or from git
  --relocate                 look in the configured indexes, not where the file
                             says; so do --index-url and PIP_INDEX_URL
`;

const indexHelp = `Indexes, as in pip (pip's configuration files and PIP_* variables count too):
  -i, --index-url URL    the index to ask
  --extra-index-url URL  one more index
  --index NAME=URL       an index for the projects that --from names, which are
                         asked for nowhere else; its secret is in the variable
                         PEEP_INDEX_NAME_TOKEN
  --from NAME:PROJECT    PROJECT may hold *: --from company:acme-*
  --missing-status INDEX=STATUS
                         what INDEX (a name or URL) answers for projects that it
                         does not have, besides 404: 403 for S3
  --no-index             ask no index, only find-links
  --refresh              ask again what the store remembers of pages
  -f, --find-links PLACE
                         a directory, file or page with archives
  --no-binary, --only-binary, --prefer-binary, --pre
  --trusted-host HOST, --cert FILE, --client-cert FILE, --proxy URL
  --timeout SECONDS (15), --retries N (5), --keyring-provider NAME
`;

const provenanceHelp = `Publishers (docs/provenance.md):
  --require-provenance       each requirement needs a proven publisher
  --provenance-index URL     an index to ask for provenance alone
  --trusted-root FILE        Sigstore's root of trust (PEEP_TRUSTED_ROOT)
`;

const targetHelp = `Another target than the interpreter:
  --python-version V, --implementation I, --abi A, --platform P
                         as in pip download
`;

const overview = `Usage: peep COMMAND [OPTIONS]

peep installs exactly the Python archives that a requirements file pins by
hash: it checks each one while it downloads, and gives pip only what matched.

  peep install -r FILE...    verify everything pinned in FILE, then install it
  peep sync    -r FILE...    install what is missing, uninstall what no pin
                             names, leave the rest
  peep fetch   -r FILE...    verify everything pinned in FILE into the store,
                             or into a directory (--dest DIR)
  peep hash    ARCHIVE...    print the hash line of each local archive
  peep pin     -r FILE...    show what hash lines FILE needs; --write adds them
  peep outdated -r FILE...   which pins have newer versions, are yanked, or
                             would change their publisher
  peep port    FILE...       print FILE with hash comments in pip's --hash form
  peep verify  -r FILE...    compare an installed environment with its pins
  peep vet     ARCHIVE       what one archive is, before its hash is pinned: a
                             file, or name==version
  peep diff    OLD NEW       compare the contents of two archives
  peep store   path|list|verify|prune|import|push
                             look after the store of verified archives

Everything else is pip's: \`peep freeze\` runs \`python -m pip freeze\`.
\`peep help COMMAND\` shows the options of a command.

${globalHelp}`;

const commandHelp: Readonly<Record<CommandName, string>> = {
  install: `Usage: peep install -r FILE... [OPTIONS]

Verifies everything that FILE pins, then hands it to one run of pip, or of uv.
Nothing is installed unless everything verified. What is installed with the
pinned version is left alone.

  -r, --requirement FILE     a requirements file, lock file, or the URL of one
  -c, --constraint FILE      pins that apply to what is asked for elsewhere
  --build-requirements FILE  pins for what source archives need to build
  --installer pip|uv         what installs the verified files (PEEP_INSTALLER);
                             pip builds source archives in either case
  -U, --upgrade, --force-reinstall, --ignore-installed
  --dry-run                  choose archives and stop
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a list of what verified, as CycloneDX
  --strict                   refuse archives that peep otherwise warns of
  --verify-installed         compare what is installed already with its
                             archives, and install again what differs
  --check-needs              exit 1, and install nothing, when something pinned
                             needs what is neither pinned nor installed

${lockHelp}
${provenanceHelp}
${indexHelp}
Passed on to pip: --target, --prefix, --root, --user, --compile, --no-compile,
--config-settings, --no-build-isolation, --break-system-packages,
--require-virtualenv and other options of a verified install. To uv: --target,
--prefix, --compile and --break-system-packages.
`,
  sync: `Usage: peep sync -r FILE... [OPTIONS]

Brings an environment in line with FILE: installs what is missing or has another
version, uninstalls what no pin names, leaves the rest alone. The plan is shown
first, and everything is verified before anything changes. pip, setuptools,
wheel, peep and the project in the working directory stay; so does what lies
outside of the environment. An externally managed Python (PEP 668) is refused.

  -r, --requirement FILE     a requirements file, lock file, or the URL of one
  -c, --constraint FILE      pins that apply to what is asked for elsewhere
  --build-requirements FILE  pins for what source archives need to build
  --installer pip|uv         what installs and uninstalls (PEEP_INSTALLER);
                             pip builds source archives in either case
  --keep NAME                a project that stays without a pin; repeat it for
                             several
  --dry-run                  show the plan and stop
  -y, --yes                  do not ask before something is uninstalled
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a list of what verified, as CycloneDX
  --strict                   refuse archives that peep otherwise warns of
  --verify-installed         compare what is installed already with its
                             archives, and install again what differs
  --check-needs              exit 1, and change nothing, when something pinned
                             needs what is neither pinned nor installed

${lockHelp}
${provenanceHelp}
${indexHelp}`,
  fetch: `Usage: peep fetch -r FILE... [OPTIONS]

Verifies everything that FILE pins and keeps it in the store.

  -r, --requirement FILE     a requirements file, lock file, or the URL of one;
                             several may pin different versions. A directory
                             stands for the lock and requirements files below it
  -c, --constraint FILE      pins that apply to what is asked for elsewhere
  -d, --dest DIR             write the archives to DIR too, with SHA256SUMS and
                             peep-manifest.json, beside what is there
  --layout flat|simple       simple: DIR becomes a static index for pip and peep
  --mirror                   remove from DIR what these files do not pin
  --push oci://HOST/REPOSITORY
                             write the archives to a registry too
  --all                      every archive whose digest is pinned, for whatever
                             platform; needs no Python
  --for PYTHON:PLATFORM      a target such as 3.11:manylinux_2_28_x86_64; repeat
                             it for several
  --dry-run                  choose archives, show their sizes, and stop
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a list of what verified, as CycloneDX
  --strict                   refuse archives that peep otherwise warns of
  --ignore-requires-python   take archives that say they need another Python

Options of pip download that are always so, or have no effect here, are taken
as well: --no-deps, --require-hashes, --isolated, --no-input, --no-cache-dir,
--disable-pip-version-check, --no-python-version-warning, --use-pep517,
--exists-action, --src, --resume-retries.

${targetHelp}
${lockHelp}
${provenanceHelp}
${indexHelp}`,
  hash: `Usage: peep hash ARCHIVE... [OPTIONS]

Prints the hash line of each local archive, in order, for a requirements file.

  --report FILE|-            write a JSON report
`,
  pin: `Usage: peep pin -r FILE... [OPTIONS]

Shows what hash lines FILE needs, from archives that peep downloads and hashes.

  -r, --requirement FILE     a requirements file or lock file
  -c, --constraint FILE      pins that apply to what is asked for elsewhere
  --write                    put the lines in; nothing else of FILE changes
  --check                    exit 1 when something would change (for CI)
  --check-needs              exit 1 when a pin needs what no line pins
  --all                      hashes for each archive of the release
  --for PYTHON:PLATFORM      hashes for that target; repeat it for several
  --style peep|pip           how to write new hashes
  --upgrade [NAME[==VERSION]]...
                             move these pins, or all of them, to the version or
                             the newest that they may have; look at no other
  --min-age SPAN             pin nothing that was uploaded later: 7d
  --accept-status NAME       pin it although yanked, archived or quarantined
  --record-publishers        record them for pins that have hashes, too
  --accept-publisher NAME    record another publisher of it, or none
  --report FILE|-            write a JSON report
  --strict                   refuse archives that peep otherwise warns of

${targetHelp}
${lockHelp}
${provenanceHelp}
${indexHelp}`,
  outdated: `Usage: peep outdated -r FILE... [OPTIONS]

Shows which pins have newer versions that they may move to, with their age,
which are yanked, and whose publisher would change. Nothing is downloaded. Exits
with 1 when an index could not be asked.

  -r, --requirement FILE     a requirements file or lock file
  -c, --constraint FILE      limits that newer versions must meet
  --check                    exit 1 also for what is outdated or yanked (CI)
  --min-age SPAN             leave out what was uploaded later: 7d
  --for PYTHON:PLATFORM      the target; repeat it for several
  --report FILE|-            write a JSON report

${targetHelp}
${lockHelp}
${provenanceHelp}
${indexHelp}`,
  vet: `Usage: peep vet ARCHIVE [OLDER] [OPTIONS]

Shows what an archive is before its hash is pinned: a file, or name==version.
It is read in memory and nothing of it runs. Beside an older version: what
changed. Exits with 1 when an install would refuse it.

  --list                     its files, with sizes
  --show PATH                one file of it
  --html FILE                write a page to read, with every text in it
  --for PYTHON:PLATFORM      which archive of a release is looked at
  --provenance-index URL     an index to ask for provenance alone
  --trusted-root FILE        Sigstore's root of trust (PEEP_TRUSTED_ROOT)
  --report FILE|-            write a JSON report

${targetHelp}
${indexHelp}`,
  port: `Usage: peep port FILE... [OPTIONS]

Prints the requirements of FILE with peep's hash comments turned into pip's
--hash form. Other comments are left out, as by the original peep.

  --reverse                  the way back: --hash options into hash comments
  --report FILE|-            write a JSON report
`,
  verify: `Usage: peep verify -r FILE... [OPTIONS]

Compares the installed environment, file by file, with the archives that FILE
pins. Exits with 1 when something differs.

  -r, --requirement FILE     a requirements file or lock file
  -c, --constraint FILE      pins that apply to what is asked for elsewhere
  --fix                      remove files that no archive has, and install what
                             differs again; packages without a pin stay. The
                             plan is shown first, and asked about on a terminal
  -y, --yes                  do not ask
  --allow-editable           editable installs are named and no difference
  -t, --target DIR           a directory of pip install --target
  --path DIR                 a site-packages directory; repeat it for several
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a list of what verified, as CycloneDX
  --strict                   refuse archives that peep otherwise warns of, and
                             what was built from source

${lockHelp}
${indexHelp}`,
  diff: `Usage: peep diff OLD NEW [OPTIONS]

Compares the contents of two archives: files, or name==version. Exits with 0
when they are equal, 1 when not. On a terminal it is shown through PEEP_PAGER,
PAGER or less.

  --stat, --name-only        less detail
  --context N                lines around a change (3)
  --path GLOB                only files whose path matches
  --html FILE                write a page for reading side by side
  --report FILE|-            write a JSON report
  --for PYTHON:PLATFORM      which archive of a release is compared
  --all                      every archive of two releases, each with that of
                             the same platform
  --provenance-index URL     an index to ask for provenance alone
  --trusted-root FILE        Sigstore's root of trust (PEEP_TRUSTED_ROOT)

${targetHelp}
${indexHelp}`,
  store: `Usage: peep store path|list|verify|prune|import|push [OPTIONS]

  path                       print where the store is
  list                       list the archives in it
  verify                     hash every archive again; bad ones are removed
  prune                      remove what dead processes left, and then:
    --keep-days N            archives older than N days
    --max-size SIZE          the oldest ones until SIZE is enough, such as 2G
  import DIR                 take in archives that fetch wrote to a directory on
                             another machine, each hashed and looked into
    -r FILE                  only archives that FILE pins
  push -r FILE oci://HOST/REPOSITORY...
                             verify everything that FILE pins, as fetch does,
                             and write it to a registry
    --all, --for PYTHON:PLATFORM, -c FILE, --strict
                             as for fetch

  --report FILE|-            write a JSON report

${targetHelp}
${lockHelp}
${provenanceHelp}
${indexHelp}`,
};
