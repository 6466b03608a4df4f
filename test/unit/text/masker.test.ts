import { expect, it } from 'vitest';
import { createMasker } from '../../../src/text/masker.js';

it.each([
  ['https://user:SECRET@h/', "cannot hash 'https://user:SECRET@h/'", "cannot hash 'https://****@h/'"],
  ['--nope=http:user:pa/SECRET@h', "no '--nope=http:user:pa/SECRET@h'", "no '--nope=http:****@h'"],
  [
    '-i=https://user:pa//SECRET@h',
    "cannot read '/w/=https:/user:pa/SECRET@h/'",
    "cannot read '/w/=https:/****@h/'",
  ],
  ['//user:SECRET@h', "cannot read '/user:SECRET@h'", "cannot read '/****@h'"],
  ['https://user:pa?"SECRET@h', '{"message":"user:pa?\\"SECRET"}', '{"message":"****"}'],
  ['https://long-token@h', 'long-token', '****'],
])('hides the user info of %s', (word, text, shown) => {
  expect(createMasker(['install', word])?.(text)).toBe(shown);
});

it('has nothing to hide in what holds no user info, or no more than a word', () => {
  const words = ['install', '-r', 'r@v1.txt', 'https://git@h.example/x', 'https://h.example/x?y', 'C:\\me@x'];
  expect(createMasker(words)).toBeUndefined();
});
