import { lockNames } from '../requirements/lock/formats.js';

/** Parts of help that several commands share. */
export const globalHelp = `Options of every command:
  --python PATH          the Python to install for, or its version, such as 3.12
                         (PEEP_PYTHON); else that of the active environment,
                         else python3 or python on PATH
  --cache-dir DIR        where verified archives are stored (PEEP_CACHE_DIR)
  --store oci://HOST/REPOSITORY
                         a registry that is asked for archives by digest before
                         any index; repeat it for several (PEEP_STORE)
  --offline              open no connection (PEEP_OFFLINE=1)
  --jobs N               transfers at once (16)
  --memory-budget SIZE   memory for archives in flight, such as 64M (a quarter
                         of what is free, from 64M to 2G)
  --progress-bar WHEN    on, off or auto
  --no-color             no colours (NO_COLOR; FORCE_COLOR forces them)
  -v, -q                 print more, or less; repeat for even more, or less
  -h, --help             this help
`;

export const lockHelp = `Lock files (${lockNames.join(', ')}):
  --extra NAME, --all-extras, --group NAME, --all-groups, --no-dev
                             the part of the file to use
  --package NAME             members of a uv workspace, instead of its root
  --skip-local               leave out packages that are editable, directories
                             or from git
  --relocate                 look in the configured indexes, not where the file
                             says; --index-url and PIP_INDEX_URL do so too
`;

export const indexHelp = `Indexes, as in pip (pip's configuration files and PIP_* variables count too):
  -i, --index-url URL    the index to ask
  --extra-index-url URL  one more index
  --index NAME=URL       the only index to ask for the projects that --from
                         names; PEEP_INDEX_NAME_TOKEN holds its token
  --from NAME:PROJECT    a project to get from the index NAME; * matches any
                         part of a name: --from company:acme-*
  --missing-status INDEX=STATUS
                         a status that INDEX (a name or URL) sends, besides 404,
                         for a project that it does not have: 403 for S3
  --no-index             ask no index, only find-links
  --refresh              ask the indexes again, not the store's copy of pages
  -f, --find-links PLACE
                         a directory, file or page with archives
  --no-binary, --only-binary, --prefer-binary, --pre
  --trusted-host HOST, --cert FILE, --client-cert FILE, --proxy URL
  --timeout SECONDS (15), --retries N (5), --keyring-provider NAME
`;

export const provenanceHelp = `Publishers (docs/provenance.md):
  --require-provenance       refuse archives without a proven publisher
  --provenance-index URL     an index to ask only for provenance
  --trusted-root FILE        Sigstore's root of trust (PEEP_TRUSTED_ROOT)
`;

export const targetHelp = `A target other than the interpreter:
  --python-version V, --implementation I, --abi A, --platform P
                         as in pip download
`;

export const overview = `Usage: peep COMMAND [OPTIONS]

peep installs exactly the Python archives that a requirements file pins by
hash: it checks each one while it downloads, and gives pip only what matched.

  peep install -r FILE...    verify everything pinned in FILE, then install it
  peep sync    -r FILE...    install missing pins, and uninstall everything that
                             is not pinned
  peep fetch   -r FILE...    verify everything pinned in FILE into the store,
                             or into a directory (--dest DIR)
  peep hash    ARCHIVE...    print the hash line of each local archive
  peep pin     -r FILE...    show the hash lines FILE needs; --write adds them
  peep compile IN... -o FILE names to pins: uv or pip chooses the versions, peep
                             hashes and checks every archive
  peep outdated -r FILE...   list pins that have newer versions, are yanked, or
                             would get another publisher
  peep port    FILE...       print FILE with hash comments in pip's --hash form
  peep verify  -r FILE...    compare an installed environment with its pins
  peep vet     ARCHIVE       show what an archive (a file, or name==version)
                             contains, before you pin its hash
  peep diff    OLD NEW       compare the contents of two archives
  peep store   path|list|verify|prune|import|push
                             manage the store of verified archives

Other commands go to pip: \`peep freeze\` runs \`python -m pip freeze\`.
\`peep help COMMAND\` shows the options of a command.

${globalHelp}`;
