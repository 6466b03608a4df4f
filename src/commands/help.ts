import type { CommandName } from './arguments.js';
import { globalHelp, indexHelp, lockHelp, overview, provenanceHelp, targetHelp } from './help-sections.js';

/** The text of `peep help`, or of one command. */
export function helpText(command: CommandName | undefined): string {
  return command === undefined ? overview : `${commandHelp[command].trim()}\n\n${globalHelp}`;
}

const commandHelp: Readonly<Record<CommandName, string>> = {
  install: `Usage: peep install -r FILE... [OPTIONS]

Verifies everything that FILE pins, then hands it to one run of pip, or of uv.
Nothing is installed unless everything verified. Projects that are already
installed in the pinned version are left alone.

  -r, --requirement FILE     a requirements file, lock file, or the URL of one
  -c, --constraint FILE      pins for requirements in other files
  --build-requirements FILE  pins of what source archives need to build
  --installer pip|uv         the program that installs (PEEP_INSTALLER);
                             pip builds source archives in either case
  -U, --upgrade, --force-reinstall, --ignore-installed
  --dry-run                  choose archives and stop
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a CycloneDX list of verified archives
  --strict                   refuse archives that peep otherwise warns about
  --verify-installed         compare installed projects with their archives, and
                             reinstall those that differ
  --check-needs              exit 1, and install nothing, when a pinned project
                             requires one that is neither pinned nor installed

${lockHelp}
${provenanceHelp}
${indexHelp}
Passed on to pip: --target, --prefix, --root, --user, --compile, --no-compile,
--config-settings, --no-build-isolation, --break-system-packages,
--require-virtualenv and other options of a verified install. To uv: --target,
--prefix, --compile and --break-system-packages.
`,
  sync: `Usage: peep sync -r FILE... [OPTIONS]

Makes an environment match FILE: installs pins that are missing or have another
version, and uninstalls projects that are not pinned. Shows the plan first, and
verifies everything before it changes anything. pip, setuptools, wheel, peep,
the project in the working directory and everything outside of the environment
stay. Refuses an externally managed Python (PEP 668).

  -r, --requirement FILE     a requirements file, lock file, or the URL of one
  -c, --constraint FILE      pins for requirements in other files
  --build-requirements FILE  pins of what source archives need to build
  --installer pip|uv         the program that installs (PEEP_INSTALLER);
                             pip builds source archives in either case
  --keep NAME                keep this project without a pin; repeat it for
                             several
  --dry-run                  show the plan and stop
  -y, --yes                  do not ask before uninstalling
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a CycloneDX list of verified archives
  --strict                   refuse archives that peep otherwise warns about
  --verify-installed         compare installed projects with their archives, and
                             reinstall those that differ
  --check-needs              exit 1, and change nothing, when a pinned project
                             requires one that is neither pinned nor installed

${lockHelp}
${provenanceHelp}
${indexHelp}`,
  fetch: `Usage: peep fetch -r FILE... [OPTIONS]

Verifies everything that FILE pins and keeps it in the store.

  -r, --requirement FILE     a requirements file, lock file, or the URL of one;
                             several may pin different versions. A directory
                             means all lock and requirements files below it
  -c, --constraint FILE      pins for requirements in other files
  -d, --dest DIR             write the archives to DIR too, with SHA256SUMS and
                             peep-manifest.json; other files in DIR stay
  --layout flat|simple       simple: DIR becomes a static index for pip and peep
  --mirror                   remove archives from DIR that no FILE pins
  --push oci://HOST/REPOSITORY
                             upload the archives, with verified provenance, to
                             a registry too
  --all                      every archive whose digest is pinned, for all
                             platforms; needs no Python
  --for PYTHON:PLATFORM      a target such as 3.11:manylinux_2_28_x86_64; repeat
                             it for several
  --dry-run                  choose archives, show their sizes, and stop
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a CycloneDX list of verified archives
  --strict                   refuse archives that peep otherwise warns about
  --ignore-requires-python   accept archives that need another Python

Also accepts options of pip download that are peep's default, or have no effect
here: --no-deps, --require-hashes, --isolated, --no-input, --no-cache-dir,
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

Downloads and hashes archives, and shows the hash lines that FILE needs.

  -r, --requirement FILE     a requirements file or lock file
  -c, --constraint FILE      pins for requirements in other files
  --write                    write the lines into FILE; the rest stays as it is
  --check                    exit 1 when something would change (for CI)
  --check-needs              exit 1 if a pinned project requires an unpinned one
  --all                      hashes for each archive of the release
  --for PYTHON:PLATFORM      hashes for that target; repeat it for several
  --style peep|pip           how to write new hashes
  --upgrade [NAME[==VERSION]]...
                             move these pins, or all, to VERSION or the newest
                             allowed version; leave other pins alone
  --min-age SPAN             pin nothing uploaded less than SPAN ago, such as 7d
  --accept-status NAME       pin NAME even if yanked, archived or quarantined
  --record-publishers        record publishers for pins that have hashes, too
  --accept-publisher NAME    record a new publisher of NAME, or that it has none
  --report FILE|-            write a JSON report
  --strict                   refuse archives that peep otherwise warns about

${targetHelp}
${lockHelp}
${provenanceHelp}
${indexHelp}`,
  compile: `Usage: peep compile IN... -o FILE [OPTIONS]

From names to pins. uv, where it is on PATH, or else the target's pip chooses
the versions; peep fetches, hashes and inspects every archive, and writes FILE
with the reason for each pin. Existing pins of FILE stay if they still fit.

  IN                         requirements.in files, or a pyproject.toml
  -o, --output-file FILE     the file to write; stdout without it
  -c, --constraint FILE      limits that versions must meet
  --extra NAME, --all-extras, --group NAME, --all-groups
                             dependencies of a pyproject.toml to add to those of
                             the project itself
  -P, --upgrade-package NAME[==VERSION]
                             ignore the existing pin of NAME; repeat it for
                             several
  -U, --upgrade              ignore all existing pins
  --dry-run                  show the change, and write nothing
  --check                    the same, and exit 1 when FILE would change (CI)
  --all                      for every platform: hashes of all archives
  --for PYTHON:PLATFORM      for that target (needs uv); repeat it for several
  --style peep|pip           how to write new hashes
  --resolver uv|pip          the program that chooses the versions
  --allow-builds             the resolver may build source archives, which runs
                             their code; without it only wheels are chosen
  --min-age SPAN             ignore archives younger than SPAN, such as 7d
  --accept-status NAME       pin NAME even if yanked, archived or quarantined
  --accept-publisher NAME    record a new publisher of NAME, or that it has none
  --report FILE|-            write a JSON report
  --strict                   refuse archives that peep otherwise warns about

${provenanceHelp}
${indexHelp}`,
  outdated: `Usage: peep outdated -r FILE... [OPTIONS]

Lists the pins that have newer allowed versions, with their age, the pins that
are yanked, and those whose publisher would change. Downloads no archive. Exits
with 1 when an index could not be asked.

  -r, --requirement FILE     a requirements file or lock file
  -c, --constraint FILE      limits that newer versions must meet
  --check                    exit 1 also for outdated or yanked pins (CI)
  --min-age SPAN             leave out versions younger than SPAN, such as 7d
  --for PYTHON:PLATFORM      the target; repeat it for several
  --report FILE|-            write a JSON report

${targetHelp}
${lockHelp}
${provenanceHelp}
${indexHelp}`,
  vet: `Usage: peep vet ARCHIVE [OLDER] [OPTIONS]

Shows what an archive contains, before you pin its hash. ARCHIVE is a file, or
name==version; peep reads it in memory and runs none of its code. With OLDER,
shows what changed. Exits with 1 when an install would refuse the archive.

  --list                     list its files, with sizes
  --show PATH                print one of its files
  --html FILE                write an HTML page with all its text files
  --for PYTHON:PLATFORM      choose the archive of a release for that target
  --provenance-index URL     an index to ask only for provenance
  --trusted-root FILE        Sigstore's root of trust (PEEP_TRUSTED_ROOT)
  --report FILE|-            write a JSON report

${targetHelp}
${indexHelp}`,
  port: `Usage: peep port FILE... [OPTIONS]

Prints the requirements of FILE with peep's hash comments turned into pip's
--hash form. Leaves out other comments, as the original peep does.

  --reverse                  turn --hash options into hash comments instead
  --report FILE|-            write a JSON report
`,
  verify: `Usage: peep verify -r FILE... [OPTIONS]

Compares the installed environment, file by file, with the archives that FILE
pins. Exits with 1 when something differs.

  -r, --requirement FILE     a requirements file or lock file
  -c, --constraint FILE      pins for requirements in other files
  --fix                      remove files that no archive has, and reinstall
                             what differs; packages without a pin stay. Shows
                             the plan first, and asks on a terminal
  -y, --yes                  do not ask
  --allow-editable           report editable installs, but not as differences
  -t, --target DIR           a directory of pip install --target
  --path DIR                 a site-packages directory; repeat it for several
  --report FILE|-            write a JSON report
  --sbom FILE|-              write a CycloneDX list of verified archives
  --strict                   refuse archives that peep otherwise warns about,
                             and distributions built from source

${lockHelp}
${indexHelp}`,
  diff: `Usage: peep diff OLD NEW [OPTIONS]

Compares the contents of two archives: files, or name==version. Exits with 0
when they are equal, 1 when not. On a terminal the output goes through
PEEP_PAGER, PAGER or less.

  -r, --requirement FILE     a requirements or lock file: a name alone means the
                             archive that FILE pins for the target
  -c, --constraint FILE      pins for requirements in other files
  --stat, --name-only        less detail
  --context N                lines around a change (3)
  --path GLOB                only files whose path matches
  --html FILE                write an HTML page with both side by side
  --report FILE|-            write a JSON report
  --for PYTHON:PLATFORM      which archive of a release is compared
  --all                      compare every archive of two releases with the one
                             for the same platform
  --provenance-index URL     an index to ask only for provenance
  --trusted-root FILE        Sigstore's root of trust (PEEP_TRUSTED_ROOT)

${targetHelp}
${lockHelp}
${indexHelp}`,
  store: `Usage: peep store path|list|verify|prune|import|push [OPTIONS]

  path                       print the path of the store
  list                       list the archives in it
  verify                     hash every archive again, and remove bad ones
  prune                      remove the leftovers of dead processes, and with
    --keep-days N            archives older than N days
    --max-size SIZE          the oldest archives until the store fits into SIZE,
                             such as 2G
  import DIR                 verify, inspect and store the archives in DIR, from
                             peep fetch on another machine
    -r FILE                  what FILE pins, and nothing else
    --trust-sums             instead of -r: everything that DIR/SHA256SUMS
                             lists. Nothing else vouches for it, so check that
                             list first, such as its signature
  push -r FILE oci://HOST/REPOSITORY...
                             verify everything that FILE pins, as fetch does,
                             and upload it to a registry, with the provenance
                             that was verified
    --all, --for PYTHON:PLATFORM, -c FILE, --strict
                             as for fetch

  --report FILE|-            write a JSON report

${targetHelp}
${lockHelp}
${provenanceHelp}
${indexHelp}`,
};
