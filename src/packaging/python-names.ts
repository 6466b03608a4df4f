/**
 * The start of a regular expression for the names of interpreters (`python`, `pypy`, …) in program and directory
 * names; a version follows. Archives may replace a program whose name is missing here, and its directories of
 * distributions are not found.
 */
export const pythonName = '(?:python|pypy|graalpy)';
