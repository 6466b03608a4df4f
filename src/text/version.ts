/** peep's version; a test compares it with package.json. */
export const version = '4.0.0';
