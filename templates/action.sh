#!/usr/bin/env bash
# The steps of action.yml. Inputs come as variables and never as text of a script, so that they are no shell code.
set -euo pipefail

# Words of an input, without expansion of `*`.
words() {
  set -f
  # shellcheck disable=SC2086
  printf '%s\n' $1
  set +f
}

check() {
  if [[ ! "$PEEP_SHA256" =~ ^[0-9a-f]{64}$ ]]; then
    echo "::error::The input sha256 is not 64 lower-case hex digits."
    exit 1
  fi
  got=$(sha256 < "$PEEP_PROGRAM")
  if [ "$got" != "$PEEP_SHA256" ]; then
    echo "::error file=$PEEP_PROGRAM::$PEEP_PROGRAM has the sha256 $got, and the workflow expects $PEEP_SHA256."
    exit 1
  fi
  mapfile -t files < <(words "$PEEP_REQUIREMENTS")
  {
    echo "digest=$(cat -- "${files[@]}" | sha256)"
    echo "store=${RUNNER_TEMP}/peep-store"
  } >> "$GITHUB_OUTPUT"
}

run() {
  arguments=()
  while read -r file; do arguments+=(-r "$file"); done < <(words "$PEEP_REQUIREMENTS")
  while read -r word; do [ -z "$word" ] || arguments+=("$word"); done < <(words "$PEEP_ARGUMENTS")
  report="${RUNNER_TEMP}/peep-report.json"
  rm -f "$report"
  case "$PEEP_COMMAND" in
    install) command=(install --report "$report") ;;
    check) command=(pin --check) ;;
    *)
      echo "::error::The input command is '$PEEP_COMMAND'; it can be 'install' or 'check'."
      exit 2
      ;;
  esac
  status=0
  output=$(node "$PEEP_PROGRAM" "${command[@]}" "${arguments[@]}" 2>&1) || status=$?
  printf '%s\n' "$output"
  # A fence that is longer than any in the output: what a server says cannot end it.
  fence=$(printf '%s' "$output" | node -e '
    const text = require("node:fs").readFileSync(0, "utf8");
    const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
    process.stdout.write("`".repeat(longest + 1));')
  {
    if [ "$status" = 0 ]; then echo "### peep ${command[0]}: done"; else echo "### peep ${command[0]}: exit status $status"; fi
    printf '\n%s\n%s\n%s\n' "${fence}text" "$output" "$fence"
  } >> "$GITHUB_STEP_SUMMARY"
  echo "report=$report" >> "$GITHUB_OUTPUT"
  exit "$status"
}

sha256() {
  node -e 'process.stdout.write(require("node:crypto").createHash("sha256").update(require("node:fs").readFileSync(0)).digest("hex"))'
}

"$1"
