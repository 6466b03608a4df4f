/** peep's version; a test holds it to package.json's. */
export const version = '4.0.0';
