/** PyPI's simple index: the default index, as in pip. */
export const defaultIndexUrl = 'https://pypi.org/simple/';

/** Idle seconds before a silent server times out, as in pip. */
export const defaultTimeout = 15;

/** Number of retries of a failed request, as in pip. */
export const defaultRetries = 5;
