/**
 * Names of interpreters, as programs and directories have them: the start of a regular expression that continues with
 * a version. A name that is missing here is not protected from archives, nor found where distributions lie.
 */
export const pythonName = '(?:python|pypy|graalpy)';
