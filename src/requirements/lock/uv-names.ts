/**
 * uv's names, in markers of uv.lock, for extras and groups that may conflict: the length prefix makes names with
 * dashes unambiguous.
 */
export function extraName(project: string, extra: string): string {
  return `extra-${project.length}-${project}-${extra}`;
}

export function groupName(project: string, group: string): string {
  return `group-${project.length}-${project}-${group}`;
}

export function projectName(project: string): string {
  return `project-${project.length}-${project}`;
}

/** `extra 'a' of 'b'`, for messages. */
export function shownName(name: string): string {
  const [, kind = '', length = '', rest = ''] = /^(extra|group|project)-(\d+)-(.*)$/s.exec(name) ?? [];
  const project = rest.slice(0, Number(length));
  return kind === 'project' ? `'${project}'` : `${kind} '${rest.slice(Number(length) + 1)}' of '${project}'`;
}
