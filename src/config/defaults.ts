/** PyPI's simple index: what is asked when nothing else is configured, as in pip. */
export const defaultIndexUrl = 'https://pypi.org/simple/';

/** Idle seconds until a silent server is given up, as in pip. */
export const defaultTimeout = 15;

/** How often a failed request is tried again, as in pip. */
export const defaultRetries = 5;
